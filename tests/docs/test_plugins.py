"""The plugin in the documentation works as it stands there."""

import re
from pathlib import Path

import yaml

from ext_proc.registry import BUILT_IN
from tests.fixtures.processor import Processor, processor_for
from tests.fixtures.settings import ROOT, changed, declared

PAGE = (ROOT / "docs/plugins.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The page's first block in that language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1)


async def test_the_documented_plugin_answers_while_its_file_is_there(processor: Processor, tmp_path: Path) -> None:
    """Read from the page, put into a chain by the page's own YAML, and asked both ways."""
    namespace: dict[str, type] = {}
    exec(block("python"), namespace)  # the documentation is ours
    file = tmp_path / "maintenance"
    (use, *_) = yaml.safe_load(block("yaml"))["plugins"]
    use["maintenance"]["file"] = str(file)
    text = changed(
        "      - identity\n      - require",
        f"      - {yaml.safe_dump(use, default_flow_style=True).strip()}\n      - identity\n      - require",
    )
    plugins = {**BUILT_IN, "maintenance": namespace["MaintenancePlugin"]}
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text), plugins=plugins)
    assert (await other.ask("POST", "/queries", {"question": "Why?"})).status == 202
    file.touch()
    answer = await other.ask("POST", "/queries", {"question": "Why?"})
    assert (answer.status, answer.headers["retry-after"], answer.document["detail"]) == (503, "30", "Back soon.")
