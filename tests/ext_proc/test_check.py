"""A configuration can be checked without being used."""

from pathlib import Path

import pytest

from ext_proc.check import check
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
