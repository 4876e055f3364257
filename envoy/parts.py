"""The small messages that every other one is made of."""

import datetime as dt

import betterproto2
from envoy_data_plane.envoy.config.core.v3 import (
    Address,
    DataSource,
    HeaderValue,
    HeaderValueOption,
    HeaderValueOptionHeaderAppendAction,
    Pipe,
    RetryPolicyRetryHostPredicate,
    SocketAddress,
    TypedExtensionConfig,
)
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts.v3 import PreviousHostsPredicate
from envoy_data_plane.google.protobuf import Any

PREVIOUS_HOSTS = "envoy.retry_host_predicates.previous_hosts"


def seconds(value: float) -> dt.timedelta:
    """A duration."""
    return dt.timedelta(seconds=value)


def extension(name: str, message: betterproto2.Message) -> TypedExtensionConfig:
    """A named extension with its typed configuration."""
    return TypedExtensionConfig(name=name, typed_config=Any.pack(message))


def http_filter(name: str, message: betterproto2.Message, *, disabled: bool = False) -> HttpFilter:
    """One filter of the chain; a disabled one runs only on routes that have a configuration for it."""
    return HttpFilter(name=name, typed_config=Any.pack(message), disabled=disabled)


def set_header(name: str, value: str, *, only_if_absent: bool = False) -> HeaderValueOption:
    """A header that overwrites what is there, or gives way to it; an empty value leaves it out."""
    actions = HeaderValueOptionHeaderAppendAction
    action = actions.ADD_IF_ABSENT if only_if_absent else actions.OVERWRITE_IF_EXISTS_OR_ADD
    return HeaderValueOption(header=HeaderValue(key=name, value=value), append_action=action)


def socket_address(address: str, port: int) -> Address:
    """A TCP address."""
    return Address(socket_address=SocketAddress(address=address, port_value=port))


def unix_address(path: str) -> Address:
    """A unix socket."""
    return Address(pipe=Pipe(path=path))


def file_source(path: str) -> DataSource:
    """A file that Envoy reads by itself, so that its content is in no bootstrap."""
    return DataSource(filename=path)


def previous_hosts() -> RetryPolicyRetryHostPredicate:
    """Makes a retry go to an endpoint that has not failed this request yet."""
    return RetryPolicyRetryHostPredicate(name=PREVIOUS_HOSTS, typed_config=Any.pack(PreviousHostsPredicate()))
