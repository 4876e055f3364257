"""The compose files are what the specification allows, and agree with gateway.yaml and with the code."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dashboards.targets import scattered, targets_file
from local.commands import WORKERS, commands
from local.kafka.properties import properties
from local.ports import DEFAULTS, Ports
from runtime.settings.gateway import Gateway
from runtime.settings.load import load
from tests.containers.project import BASE, SCALE, SECRETS, Project, Unset, document, mounts, project
from tests.fixtures.settings import ROOT

ONE, MANY = project(BASE), project(BASE, SCALE)
PROJECTS = pytest.mark.parametrize("made", [ONE, MANY], ids=["one", "many"])
ONE_SHOT = {"keys", "library"}
TOLD_NOTHING = "this-process-is-not-told-this-secret"
WITHOUT_YAML = {"standin"}
"""Reads no gateway.yaml."""

DEFAULT = {variable for variable in DEFAULTS if variable != "PORT"}
"""Ports within containers are the usual ones."""

BESIDE = {"SLUICE_HOME"}
"""Set by the image, where compose does not."""

LOCAL_ONLY = {
    "listeners",
    "advertised.listeners",
    "controller.quorum.voters",
    "log.dirs",
    # for a laptop
    "offsets.topic.num.partitions",
    "transaction.state.log.num.partitions",
    "share.coordinator.state.topic.num.partitions",
    "log.cleaner.dedupe.buffer.size",
    "num.network.threads",
    "num.io.threads",
    "num.recovery.threads.per.data.dir",
    "broker.session.timeout.ms",
    "broker.heartbeat.interval.ms",
}


def gateway_of(made: Project, name: str) -> Gateway:
    """The configuration as that service sees it."""
    return load(ROOT / "gateway.yaml", environ={"SLUICE_HOME": "/sluice", **made.environ(name)})


def kind_of(service: str) -> tuple[str, int]:
    """`retriever-2` is the retriever of number 2."""
    kind, _, number = service.partition("-")
    return kind, int(number or 0)


@pytest.mark.parametrize("file", [BASE, SCALE])
def test_the_schema_allows_each_file(file: str) -> None:
    """The Compose Specification's own schema has nothing against it."""
    schema = json.loads((Path(__file__).parent / "compose-spec" / "compose-spec.json").read_text(encoding="utf-8"))

    assert not list(jsonschema.Draft202012Validator(schema).iter_errors(document(file)))


@pytest.mark.parametrize("missing", ["SLUICE_ID_KEY", "SLUICE_RECORD_KEY", "QDRANT_API_KEY", "GRAFANA_PASSWORD"])
def test_nothing_starts_without_a_secret(missing: str) -> None:
    """None has a default, which would be the same everywhere."""
    with pytest.raises(Unset, match=f"^{missing} is not set"):
        project(BASE, environ={name: value for name, value in SECRETS.items() if name != missing})


def test_the_example_knows_every_variable() -> None:
    """What the files take from the environment is in .env.example, and what that says is taken."""
    text = "".join((ROOT / file).read_text(encoding="utf-8") for file in (BASE, SCALE))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    said = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))

    handed_on = {name for name, value in document(BASE)["x-environment"].items() if value is None}
    assert said - {"COMPOSE_PROFILES"} == set(re.findall(r"\$\{([A-Z_]+)", text)) | handed_on


@PROJECTS
def test_commands_are_those_of_a_system_on_one_machine(made: Project) -> None:
    """The tests run every process by the commands of `local.commands`: word by word, so do the containers."""
    environ = {f"SLUICE_{stage.upper()}S": str(count(made, stage)) for stage in WORKERS}
    local = {
        command.name: command
        for command in commands(gateway_of(made, "envoy"), environ=environ, ports=Ports(dict(DEFAULTS)), stand_in=False)
        if command.name != "page"
    }
    found = {name: service for name, service in made.ours.items() if kind_of(name)[0] in {"envoy", *KINDS}}
    renamed = {f"{name}-0" if name in {"processor", "results"} else name: service for name, service in found.items()}

    assert {name: ["python", *command.args[1:]] for name, command in local.items()} == {
        name: service["command"] for name, service in renamed.items()
    }
    for name, command in local.items():
        assert seconds(renamed[name]["stop_grace_period"]) >= command.stop_seconds


KINDS = ("processor", "results", *WORKERS)


def count(made: Project, kind: str) -> int:
    """How many services there are of a kind."""
    return sum(kind_of(name)[0] == kind for name in made.services)


def seconds(text: str) -> float:
    """`15s` is 15."""
    return float(text.removesuffix("s"))


@PROJECTS
def test_there_are_as_many_as_everybody_is_told(made: Project) -> None:
    """Envoy knows a socket for each processor and results server, and numbers of a kind leave no gap."""
    gateway = gateway_of(made, "envoy")
    assert (gateway.processor.processes, gateway.results.processes) == (
        count(made, "processor"),
        count(made, "results"),
    )
    for kind in KINDS:
        numbers = sorted(kind_of(name)[1] for name in made.ours if kind_of(name)[0] == kind)
        assert numbers == list(range(count(made, kind)))
        for number in numbers:
            service = made.ours[f"{kind}-{number}" if number else kind]
            assert service["command"][-2:] == ["--number", str(number)]
    for name in made.ours.keys() & {"processor", "processor-1", "results", "results-1"}:
        assert gateway_of(made, name).processor.processes == gateway.processor.processes
        assert gateway_of(made, name).results.processes == gateway.results.processes


def test_more_is_two_and_two_and_three() -> None:
    """What the second file promises."""
    assert [count(MANY, kind) for kind in KINDS] == [2, 2, 3, 3, 3]


@PROJECTS
def test_health_is_asked_where_a_process_answers(made: Project) -> None:
    """Every process that stays has a healthcheck, of ours that of its management port, as gateway.yaml numbers it."""
    for name, service in made.services.items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
            continue
        test = service["healthcheck"]["test"]
        kind, number = kind_of(name)
        if kind in KINDS:
            port = getattr(gateway_of(made, name).management, kind) + number
            assert test == ["CMD", "python", "-m", "runtime.probe", f"http://127.0.0.1:{port}/readyz"]
    admin = gateway_of(made, "envoy").edge.admin
    assert made.services["envoy"]["healthcheck"]["test"][-1] == f"http://127.0.0.1:{admin.port}/ready"


@PROJECTS
def test_every_variable_is_one_that_somebody_reads(made: Project) -> None:
    """A service is told nothing that is misspelt, and everything that gateway.yaml asks and has no good default for."""
    lines = (ROOT / "gateway.yaml").read_text(encoding="utf-8").splitlines()
    asked = {name for line in lines if not line.startswith("#") for name in re.findall(r"\$\{([A-Z_]+)", line)}
    told: set[str] = set()
    for name in made.ours:
        told |= made.environ(name).keys()
        assert name in WITHOUT_YAML or made.environ(name).keys() <= asked | BESIDE, name
    assert asked - DEFAULT <= told | BESIDE


@PROJECTS
def test_addresses_are_those_of_services_on_a_common_network(made: Project) -> None:
    """Whoever is told of Kafka, Qdrant or the stand-in shares a network with it, at the port where it listens."""
    networks = {name: set(service.get("networks", ())) for name, service in made.services.items()}
    for name in made.ours:
        kind, _ = kind_of(name)
        if kind in KINDS:
            assert made.environ(name)["KAFKA_BOOTSTRAP"] == "kafka:9092"
            assert networks[name] & networks["kafka"]
    assert made.environ("kafka")["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://kafka:9092"
    for name in (name for name in made.ours if kind_of(name)[0] == "retriever"):
        assert gateway_of(made, name).index.provider == "qdrant"
        assert gateway_of(made, name).index.url == "http://qdrant:6333"
        assert made.environ(name)["QDRANT_API_KEY"] == made.environ("qdrant")["QDRANT__SERVICE__API_KEY"]
        assert networks[name] & networks["qdrant"]
    example = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line)
    assert example["ANTHROPIC_BASE_URL"] == f"http://standin:{made.services['standin']['command'][-1]}"
    assert example["SLUICE_PAGE"] == f"page:{made.services['page']['command'][-1]}"
    assert networks["envoy"] & networks["page"]
    for name in (name for name in made.ours if kind_of(name)[0] == "generator"):
        assert networks[name] & networks["standin"]


def test_who_need_not_meet_does_not() -> None:
    """Envoy reaches neither Kafka nor Qdrant; nobody but Prometheus reaches Envoy's admin interface; keys reach nothing."""
    on: dict[str, set[str]] = {network: set() for network in MANY.networks}
    for name, service in MANY.services.items():
        for network in service.get("networks", ()):
            on[network].add(name)

    assert on["edge"] == {"envoy", "library", "page"}
    assert on["watch-envoy"] == {"envoy", "prometheus"}
    assert {kind_of(name)[0] for name in on["index"]} == {"qdrant", "retriever"}
    assert {kind_of(name)[0] for name in on["model"]} == {"generator", "standin"}
    assert {kind_of(name)[0] for name in on["data"]} == {"kafka", "page", *KINDS}
    assert on["panels"] == {"prometheus", "grafana"}
    assert MANY.services["keys"]["network_mode"] == "none"
    inside = {name for name, network in MANY.networks.items() if (network or {}).get("internal")}
    assert inside == {"data", "index", "watch", "watch-envoy"}


@PROJECTS
def test_secrets_go_to_those_who_need_them(made: Project) -> None:
    """The provider's key to generators alone; the key of ids to the gateway; none to Envoy, which faces the network."""
    holders: dict[str, set[str]] = {secret: set() for secret in SECRETS}
    for name in made.services:
        for secret, value in SECRETS.items():
            if value in made.environ(name).values():
                holders[secret].add(kind_of(name)[0])

    assert holders == {
        "SLUICE_ID_KEY": {"processor", "results"},
        "SLUICE_RECORD_KEY": {"processor", "results", *WORKERS},
        "QDRANT_API_KEY": {"qdrant", "retriever"},
        "GRAFANA_PASSWORD": {"grafana"},
        "ANTHROPIC_API_KEY": {"generator"},
    }
    assert made.environ("envoy")["SLUICE_RECORD_KEY"] == TOLD_NOTHING


@PROJECTS
def test_mounts_are_where_the_processes_look(made: Project) -> None:
    """The sockets are one volume, at `run` of gateway.yaml, for Envoy and whoever listens for it; keys are read only."""
    gateway = gateway_of(made, "envoy")
    sockets = {name for name, service in made.services.items() if mounts(service).get(gateway.run) == ("sockets", True)}
    assert {kind_of(name)[0] for name in sockets} == {"envoy", "processor", "results"}
    assert len(sockets) == 1 + gateway.processor.processes + gateway.results.processes

    jwks = gateway.identity.issuers[0].jwks.file
    assert jwks is not None
    assert mounts(made.services["envoy"])[str(Path(jwks).parent)] == ("jwks", False)
    assert mounts(made.services["keys"])[str(Path(jwks).parent)] == ("jwks", True)
    assert made.services["keys"]["command"][-1] == str(Path(jwks).parent.parent)
    signing = {name for name, service in made.services.items() if "/signing" in mounts(service)}
    assert signing == {"keys", "library", "page"}
    for name in made.ours.keys() - WITHOUT_YAML:
        assert mounts(made.services[name])["/app/gateway.yaml"] == ("./gateway.yaml", False)


@PROJECTS
def test_what_is_mounted_is_there(made: Project) -> None:
    """Docker would make an empty folder of a name that is not; volumes are declared, and none for nothing."""
    sources = {source for service in made.services.values() for source, _ in mounts(service).values()}
    folders = {source for source in sources if source.startswith(".")}

    assert [source for source in folders if not (ROOT / source).exists()] == []
    assert sources - folders == set(made.volumes)


@PROJECTS
def test_a_process_of_ours_can_do_little(made: Project) -> None:
    """Its root is read only, it has no capability, and it is bounded; what is not ours is bounded too."""
    for service in made.services.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}
        assert "privileged" not in service
        assert service.get("user") != "root"
    for service in made.ours.values():
        assert (service["read_only"], service["init"], service.get("user")) == (True, True, None)


@PROJECTS
def test_only_envoy_is_published_further_than_this_host(made: Project) -> None:
    """And it too is on the loopback interface where nobody says otherwise; its port is that of gateway.yaml."""
    ports = {name: service["ports"] for name, service in made.services.items() if "ports" in service}
    assert ports == {
        "envoy": ["127.0.0.1:8080:8080"],
        "prometheus": ["127.0.0.1:9090:9090"],
        "grafana": ["127.0.0.1:3000:3000"],
    }
    listener = gateway_of(made, "envoy").edge.listener
    assert (listener.address, listener.port) == ("0.0.0.0", 8080)


def test_spans_are_made_where_it_is_said() -> None:
    """The standard variables reach every process of the gateway, and an empty one reaches none."""
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"}
    for made, told in ((ONE, {}), (project(BASE, environ={**SECRETS, **endpoint}), endpoint)):
        for name in ("envoy", *KINDS):
            assert {key: value for key, value in made.environ(name).items() if key.startswith("OTEL_")} == told


def test_it_can_be_published_elsewhere() -> None:
    """One variable for the port, within and without, so that what browsers may call from stays right; one for the address."""
    made = project(BASE, environ={**SECRETS, "PORT": "443", "SLUICE_PUBLISH": "0.0.0.0"})

    assert made.services["envoy"]["ports"] == ["0.0.0.0:443:443"]
    assert gateway_of(made, "envoy").edge.listener.port == 443
    assert made.services["library"]["command"][-1] == "http://envoy:443"


@PROJECTS
def test_the_order_is_by_health(made: Project) -> None:
    """Everybody waits for those that he cannot start without, and nobody for himself by a detour."""
    for name, service in made.services.items():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] == ("service_completed_successfully" if other in ONE_SHOT else "service_healthy")
            assert how.get("required", True) != bool(made.services[other].get("profiles")) or service.get("profiles")
            assert name not in _waits(made, other)
    for name in made.ours:
        kind, _ = kind_of(name)
        if kind in KINDS:
            assert "kafka" in _waits(made, name)
        if kind in {"processor", "results"}:
            assert name in _waits(made, "envoy")


def _waits(made: Project, name: str) -> set[str]:
    direct = set(made.services[name].get("depends_on", ()))
    return direct.union(*(_waits(made, other) for other in direct))


def test_kafka_is_set_as_it_is_in_the_tests() -> None:
    """Its settings are those of the local broker, but for places and for sizes of a laptop."""
    local = properties(data=Path("/data"), port=9092, controller_port=9093)
    told = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in ONE.environ("kafka").items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    }

    assert {name: value for name, value in local.items() if name not in LOCAL_ONLY} == {
        name: value for name, value in told.items() if name not in LOCAL_ONLY
    }
    assert told["log.dirs"] in mounts(ONE.services["kafka"])


def test_kafka_is_the_version_of_the_tests() -> None:
    """The image and the jars are one release."""
    lock = (ROOT / "local" / "kafka" / "jgo.lock.toml").read_text(encoding="utf-8")
    version = ONE.services["kafka"]["image"].partition(":")[2]

    assert re.search(rf'artifactId = "kafka-clients"\s+version = "{re.escape(version)}"', lock)


def test_qdrant_is_the_version_of_its_client() -> None:
    """The client promises to work with a server of its own minor version."""
    lock = (ROOT / "requirements" / "demo.txt").read_text(encoding="utf-8")
    client = re.search(r"^qdrant-client==(\d+\.\d+)\.", lock, re.MULTILINE)

    assert client
    assert ONE.services["qdrant"]["image"].startswith(f"qdrant/qdrant:v{client[1]}.")


@PROJECTS
def test_prometheus_knows_every_process(made: Project) -> None:
    """The file of targets that is mounted is the one of so many processes, by the names of their services."""
    mounted = mounts(made.services["prometheus"])
    file = mounted.get("/etc/prometheus/targets.yml", ("./dashboards/prometheus/targets.yml", False))[0]
    expected = scattered(gateway_of(made, "envoy"), counts={kind: count(made, kind) for kind in KINDS})
    found: list[Mapping[str, Any]] = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))

    assert found == yaml.safe_load(targets_file(expected))
    networks = set(made.services["prometheus"]["networks"])
    for target in (target for group in found for target in group["targets"]):
        assert set(made.services[target.partition(":")[0]]["networks"]) & networks


def test_grafana_finds_its_data_and_its_dashboards() -> None:
    """The data source has the uid that panels name, and the folder of dashboards is the one that is mounted."""
    folder = ROOT / "dashboards" / "provisioning"
    source = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text(encoding="utf-8"))["datasources"][0]
    provider = yaml.safe_load((folder / "dashboards" / "sluice.yml").read_text(encoding="utf-8"))["providers"][0]
    mounted = mounts(ONE.services["grafana"])

    assert (source["uid"], source["url"]) == ("prometheus", "http://prometheus:9090")
    assert mounted[provider["options"]["path"]] == ("./dashboards/grafana", False)
    home = Path(ONE.environ("grafana")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (ROOT / "dashboards" / "grafana" / home.name).is_file()
