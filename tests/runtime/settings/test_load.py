"""Bad configuration stops a process at start, and says where it is bad."""

from pathlib import Path

import pytest

from runtime.errors import ConfigError
from runtime.settings.load import load
from tests.fixtures.settings import ENVIRON, ROOT, changed


def mistakes(tmp_path: Path, text: str, **environ: str) -> str:
    """What is said of a configuration that cannot be used."""
    file = tmp_path / "gateway.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(file, environ={**ENVIRON, **environ})
    return str(raised.value).replace(str(file), "F")


def line_of(text: str, part: str) -> int:
    """The line on which a part stands."""
    return text[: text.index(part)].count("\n") + 1


def test_the_repositorys_file_loads() -> None:
    """gateway.yaml is in order, with defaults where the environment is silent."""
    gateway = load(ROOT / "gateway.yaml", environ=ENVIRON)
    assert gateway.edge.listener.port == 8080
    assert [tier.name for tier in gateway.tiers] == ["free", "standard", "enterprise"]
    assert gateway.chat.api_key is None


def test_the_environment_fills_values() -> None:
    """A variable that is set wins over its default, and text becomes the type that is wanted."""
    gateway = load(ROOT / "gateway.yaml", environ={**ENVIRON, "PORT": "9", "ANTHROPIC_API_KEY": "sk-test"})
    assert gateway.edge.listener.port == 9
    assert gateway.chat.api_key is not None
    assert "sk-test" not in repr(gateway)


def test_the_file_is_named_by_the_environment(tmp_path: Path) -> None:
    """SLUICE_CONFIG names the file for processes that are given none."""
    other = tmp_path / "other.yaml"
    other.write_text(changed("name: sluice\n", "name: other\n"))
    assert load(environ={**ENVIRON, "SLUICE_CONFIG": str(other)}).name == "other"


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ("method: GET", "method: GOT", "routes.2.method", "(found 'GOT')"),
        ("partitions: 3, ret", "partitions: 0, ret", "topics.rag.dead-letters.partitions", "greater than 0 (found 0)"),
        ("name: standard, ", "name: free, ", "", "tier 'free' is declared twice"),
        ("enterprise: [claude", "other: [claude", "", "chat.tiers names no model for enterprise"),
        ("jwks: {file", "jwks: {url: http://x, file", "identity.issuers.0.jwks", "exactly one of file and url"),
        ("edge:\n", "edgy: 1\nedge:\n", "edgy", "Extra inputs are not permitted"),
        ("path: /chunks", "path: chunks", "routes.0.path", "(found 'chunks')"),
        ("path: /chunks", "path: /chunks/{}", "routes.0.path", "a parameter is written {name}"),
        ("path: /chunks", "path: /{a}/{a}", "routes.0.path", "a parameter is there twice"),
        ("sessions: rag.sessions", "sessions: rag.session", "", "results.sessions names 'rag.session', which is not"),
        ("per_second: 50", "per_second: .inf", "tiers.0.rate.per_second", "less than or equal to"),
        ("per_second: 50", "per_second: 0.00001", "tiers.0.rate.per_second", "greater than or equal to 0.001"),
        ("burst: 200", "burst: 99999999999", "tiers.0.rate.burst", "less than or equal to"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, path: str, said: str) -> None:
    """File, line, path, reason and value."""
    text = changed(old, new)
    told = mistakes(tmp_path, text)
    assert said in told
    assert f": {path}: " in told or not path
    if path:
        assert told.startswith(f"F:{line_of(text, new.split(',', maxsplit=1)[0].strip())}: ")


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one error at a time."""
    told = mistakes(tmp_path, changed("method: POST", "method: PSOT"))
    assert len(told.splitlines()) == 3


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    """A secret that the environment does not have is said by its name."""
    told = mistakes(tmp_path, (ROOT / "gateway.yaml").read_text(), SLUICE_ID_KEY="")
    assert "the environment has no SLUICE_ID_KEY" in told


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    """A key that is too short is refused without being printed."""
    told = mistakes(tmp_path, (ROOT / "gateway.yaml").read_text(), SLUICE_ID_KEY="hunter2")
    assert "keys.ids" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\nb: 2", "not YAML"),
        ("name: a\nname: b\n", "name: is there twice"),
        ("", "Input should be"),
        ("- 1", "Input should be"),
        ("a: \x00", "not YAML"),
    ],
)
def test_what_is_not_a_mapping_of_sections_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Broken YAML, a key that stands twice, an empty file and a list are each one clear line."""
    assert said in mistakes(tmp_path, text)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """One line, and no traceback."""
    (tmp_path / "gateway.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"gateway\.yaml: cannot be read: it is not UTF-8"):
        load(tmp_path / "gateway.yaml", environ=ENVIRON)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The operating system's reason is passed on."""
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read: No such file"):
        load(tmp_path / "absent.yaml", environ=ENVIRON)
