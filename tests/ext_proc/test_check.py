"""A configuration can be checked without being used, and its schema is published."""

from pathlib import Path

import jsonschema
import orjson
import pytest
import yaml

from ext_proc.check import check, config_schema, is_fresh
from runtime.errors import ConfigError
from tests.fixtures.settings import ENVIRON, ROOT, changed


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets that gateway.yaml asks the environment for."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environ")
def test_the_repositorys_own_configuration_is_in_order() -> None:
    """gateway.yaml passes the check that it tells others to use."""
    assert check(str(ROOT / "gateway.yaml")).name == "sluice"


@pytest.mark.usefixtures("environ")
def test_a_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    """The message starts as a compiler's does: file, line."""
    file = tmp_path / "gateway.yaml"
    file.write_text(changed("method: GET", "method: GOT"))
    with pytest.raises(ConfigError, match=rf"^{file}:\d+: routes\.2\.method: "):
        check(str(file))


def test_the_published_schema_accepts_the_repositorys_file() -> None:
    """An editor shows no error in gateway.yaml, variables and all."""
    document = yaml.safe_load((ROOT / "gateway.yaml").read_text())
    jsonschema.Draft202012Validator(orjson.loads(config_schema())).validate(document)


@pytest.mark.parametrize(
    ("old", "new"),
    [('scope: "proxy:publish"', "scopes: a"), ("partitions: 3", "partitions: many"), ("name: chunks", "nam: x")],
)
def test_the_published_schema_refuses_a_mistake(old: str, new: str) -> None:
    """An editor marks what the check would refuse, inside a plugin's settings too."""
    document = yaml.safe_load(changed(old, new))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(orjson.loads(config_schema())).validate(document)


def test_a_stale_schema_is_noticed(tmp_path: Path) -> None:
    """The check of the repository compares bytes."""
    file = tmp_path / "gateway.schema.json"
    assert not is_fresh(str(file))
    file.write_bytes(config_schema())
    assert is_fresh(str(file))
