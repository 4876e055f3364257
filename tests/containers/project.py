"""The compose files as Compose reads them: filled in, extended and merged, for those parts of the specification that ours use."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml

from tests.fixtures.settings import ROOT

BASE, SCALE = "docker-compose.yml", "docker-compose.scale.yml"
SECRETS: Mapping[str, str] = {
    "SLUICE_ID_KEY": "i" * 32,
    "SLUICE_RECORD_KEY": "r" * 32,
    "QDRANT_API_KEY": "q" * 32,
    "GRAFANA_PASSWORD": "g" * 32,
    "ANTHROPIC_API_KEY": "a" * 32,
}

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\})")
_BY_NAME = {"environment", "depends_on", "healthcheck", "deploy", "ulimits"}
_JOINED = {"networks", "ports"}


class Unset(Exception):
    """A variable without which Compose starts nothing."""


@dataclass(frozen=True, slots=True)
class Project:
    """Services by name, and what they share."""

    services: Mapping[str, Mapping[str, Any]]
    networks: Mapping[str, Any]
    volumes: Mapping[str, Any]

    @property
    def ours(self) -> Mapping[str, Mapping[str, Any]]:
        """The services that run our image."""
        return {name: service for name, service in self.services.items() if service["image"].startswith("sluice:")}

    def environ(self, name: str) -> dict[str, str]:
        """What a service's process is given; texts, as Compose makes them of numbers."""
        return {key: str(value) for key, value in self.services[name].get("environment", {}).items()}


def document(file: str, environ: Mapping[str, str] = SECRETS) -> Any:
    """One file, filled in.

    Raises:
        Unset: It wants a variable that is not there.
    """
    return _filled(yaml.safe_load((ROOT / file).read_text(encoding="utf-8")), environ)


def project(*files: str, environ: Mapping[str, str] = SECRETS) -> Project:
    """Those files, the later ones over the earlier."""
    read = {file: document(file, environ) for file in files}
    services: dict[str, Any] = {}
    for file in files:
        for name, told in read[file]["services"].items():
            extended = told.get("extends")
            under = read[extended["file"]]["services"][extended["service"]] if extended else services.get(name, {})
            services[name] = _over(under, {key: value for key, value in told.items() if key != "extends"})
    services = {name: _handed_on(service, environ) for name, service in services.items()}
    shared = [{key: value for file in files for key, value in read[file].get(of, {}).items()} for of in _SHARED]
    return Project(services, *shared)


_SHARED = ("networks", "volumes")


def _over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = deepcopy(dict(under))
    for key, value in over.items():
        if key in _BY_NAME and key in merged:
            merged[key] = _over(merged[key], value)
        elif key == "volumes" and key in merged:
            merged[key] = list({_target(mount): mount for mount in [*merged[key], *value]}.values())
        elif key in _JOINED and key in merged:
            merged[key] = [*merged[key], *(one for one in value if one not in merged[key])]
        else:
            merged[key] = deepcopy(value)
    return merged


def _handed_on(service: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Variables without a value have that of Compose's own environment, or are not there."""
    told = {
        name: environ.get(name) if value is None else value for name, value in service.get("environment", {}).items()
    }
    return {**service, "environment": {name: value for name, value in told.items() if value is not None}}


def _target(mount: str) -> str:
    return mount.split(":")[1]


def mounts(service: Mapping[str, Any]) -> Mapping[str, tuple[str, bool]]:
    """Target -> what is mounted there, and whether it can be written."""
    parts: Sequence[list[str]] = [mount.split(":") for mount in service.get("volumes", ())]
    return {target: (source, "ro" not in flags) for source, target, *flags in parts}


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, environ) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, environ) for inner in value]
    return _VARIABLE.sub(lambda found: _word(found, environ), value) if isinstance(value, str) else value


def _word(found: re.Match[str], environ: Mapping[str, str]) -> str:
    name, kind, word = found["name"], found["kind"], found["word"]
    if name is None:
        return "$"
    if value := environ.get(name):
        return value
    if kind == "?":
        raise Unset(f"{name} {word}")
    return word or ""
