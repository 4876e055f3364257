"""Prometheus is sent to where processes really answer."""

from pathlib import Path

import yaml

from dashboards.local import LocalPrometheus
from dashboards.targets import ENVOY_PATH, gathered, scattered, targets_file
from local.commands import commands
from local.ports import Ports
from runtime.settings.load import load
from tests.fixtures.prometheus import promtool
from tests.fixtures.settings import ENVIRON, ROOT, declared

MANY = {"SLUICE_PROCESSORS": "2", "SLUICE_RESULTS": "2", "SLUICE_EMBEDDERS": "3", "SLUICE_GENERATORS": "2"}


def test_every_process_of_a_local_system_is_looked_at() -> None:
    """One target for each command of ours, and Envoy's admin interface."""
    environ = {**ENVIRON, **MANY}
    gateway = load(ROOT / "gateway.yaml", environ=environ)
    ours = commands(gateway, environ=environ, ports=Ports.free(), stand_in=False)
    targets = LocalPrometheus.of(environ, gateway=gateway).targets
    assert len(ours) == sum(len(found) for found in targets.values())
    assert targets["generator"] == ["127.0.0.1:9180", "127.0.0.1:9181"]
    assert targets["envoy"] == ["127.0.0.1:9901"]


def test_in_containers_each_process_has_a_host_of_its_own() -> None:
    """Named as its service is, on the port of its number."""
    targets = scattered(declared()[0], counts={"processor": 2})
    assert targets["processor"] == ["processor:9100", "processor-1:9101"]
    assert targets["results"] == ["results:9120"]


def test_envoy_is_asked_for_its_own_page() -> None:
    """Its admin interface has its metrics under another path than our processes."""
    groups = yaml.safe_load(targets_file(gathered(declared()[0], counts={})))
    paths = {group["labels"]["job"]: group["labels"].get("__metrics_path__") for group in groups}
    assert (paths["envoy"], paths["processor"]) == (ENVOY_PATH, None)


def test_what_is_written_is_a_configuration(tmp_path: Path) -> None:
    """By `promtool check config`, which follows its files."""
    LocalPrometheus.of(ENVIRON, gateway=declared()[0]).write(tmp_path)
    assert "valid prometheus config" in promtool("check", "config", "prometheus.yml", cwd=tmp_path)
