"""The files of this folder that are written from its code."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dashboards.catalogue import boards
from dashboards.drawing import drawn
from dashboards.rules.document import NOTE, document, groups
from dashboards.targets import TARGETS, configuration, scattered, targets_file
from runtime.settings.load import load

FOLDER = Path(__file__).resolve().parent
MANY: Mapping[str, int] = {"processor": 2, "results": 2, "embedder": 3, "retriever": 3, "generator": 3}
"""What the second compose file runs."""

_SECRETS = {"SLUICE_ID_KEY": "-" * 32, "SLUICE_RECORD_KEY": "-" * 32}  # a gateway has some; nothing here shows them


def files() -> Mapping[str, bytes]:
    """Every generated file as it should be, by its path in this folder."""
    gateway = load(FOLDER.parent / "gateway.yaml", environ=_SECRETS)
    drawings = {f"grafana/{board.name}.json": drawn(board) for board in boards()}
    scraping = {
        "prometheus.yml": configuration(),
        TARGETS: targets_file(scattered(gateway, counts={})),
        f"scale-{TARGETS}": targets_file(scattered(gateway, counts=MANY)),
    }
    told = {f"prometheus/{name}": (NOTE + text).encode() for name, text in scraping.items()}
    return {**drawings, "prometheus/rules.yml": document(groups()), **told}


def write(folder: Path = FOLDER) -> None:
    """Writes them."""
    for name, content in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def stale(folder: Path = FOLDER) -> Sequence[str]:
    """The names of those that are not what the code makes now."""
    made = files()
    return [name for name, content in made.items() if not _holds(folder / name, content)]


def _holds(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content
