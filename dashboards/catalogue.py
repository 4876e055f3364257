"""The dashboards, in the order in which they are looked at."""

from dashboards.board import Board
from dashboards.boards.edge import edge
from dashboards.boards.models import models
from dashboards.boards.overview import overview
from dashboards.boards.pipeline import pipeline
from dashboards.boards.streams import streams


def boards() -> tuple[Board, ...]:
    """All of them."""
    return (overview(), edge(), streams(), pipeline(), models())
