"""What a client may never say: our own header names, removed before anything looks at the request."""

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation as Mutation
from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutationRemoveOnMatch
from envoy_data_plane.envoy.config.core.v3 import (
    HeaderValue,
    HeaderValueOption,
    HeaderValueOptionHeaderAppendAction,
    TypedExtensionConfig,
)
from envoy_data_plane.envoy.extensions.http.early_header_mutation.header_mutation.v3 import HeaderMutation
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatcher, StringMatcher

from envoy.parts import extension
from ext_proc.origin import TIME_HEADER

RESERVED_PREFIXES = ("x-gateway-", "ce-", "ce_", "identity-")

# All of user-* but user-agent; RE2 cannot look ahead, so it is spelt out.
RESERVED_USER = "user-([^a].*|a([^g].*)?|ag([^e].*)?|age([^n].*)?|agen([^t].*)?|agent.+)?"

# Envoy would believe an id that comes from the loopback interface; ours are always its own.
RESERVED_NAMES = ("x-request-id",)


def strip() -> TypedExtensionConfig:
    """Removes reserved names before routing, so that not even a route can depend on one."""
    matchers = [StringMatcher(prefix=prefix, ignore_case=True) for prefix in RESERVED_PREFIXES]
    matchers.append(StringMatcher(safe_regex=RegexMatcher(regex=RESERVED_USER)))
    mutations = [Mutation(remove_on_match=HeaderMutationRemoveOnMatch(key_matcher=matcher)) for matcher in matchers]
    mutations += [Mutation(remove=name) for name in RESERVED_NAMES]
    mutations.append(Mutation(append=_time()))
    return extension("strip", HeaderMutation(mutations=mutations))


def _time() -> HeaderValueOption:
    """When the request came, for what the processor issues: a request that is asked twice has one time."""
    return HeaderValueOption(
        header=HeaderValue(key=TIME_HEADER, value="%START_TIME(%s%3f)%"),
        append_action=HeaderValueOptionHeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
    )
