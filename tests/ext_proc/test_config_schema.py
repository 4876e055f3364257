"""Editors know gateway.yaml."""

import jsonschema
import orjson
import pytest
import yaml

from ext_proc.config_schema import config_schema
from tests.fixtures.settings import ROOT, changed


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
