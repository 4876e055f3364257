"""Templates are checked at start and filled for each request."""

import pytest

from ext_proc.exchange import ChainMisbuilt, Exchange, Identity
from ext_proc.identifiers import OwnedId
from ext_proc.template import Template, Unfilled


def exchange() -> Exchange:
    """A request in which everything is set."""
    return Exchange(
        route="r",
        method="POST",
        path="/a/b",
        query="",
        params={"x": "1"},
        headers={"h-1": "v"},
        claims={},
        unique=b"u" * 24,
        received_at=0,
        trace_id="t" * 32,
        identity=Identity(subject="alice", tier="free", scopes=frozenset(), expires=None),
        id=OwnedId(value="v", key="k", issued_at=None),
        document={"a": {"b": 7}, "n": None, "e": "", "l": []},
        extra={"z": "zz"},
    )


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain {not a hole} {}", "plain {not a hole} {}"),
        ("{identity.subject}/{identity.tier}", "alice/free"),
        ("{id.value}{id.key}", "vk"),
        ("{path.x}-{header.h-1}-{extra.z}", "1-v-zz"),
        ("{body.a.b}", "7"),
        ("{trace.id}", "t" * 32),
    ],
)
def test_holes_are_filled(text: str, filled: str) -> None:
    """Each kind of hole takes its value from the request."""
    assert Template(text).fill(exchange()) == filled


@pytest.mark.parametrize(
    "text", ["{body.none}", "{body.a.b.c}", "{body.n}", "{body.e}", "{body.l}", "{path.y}", "{extra.y}"]
)
def test_a_missing_value_is_said(text: str) -> None:
    """A request without the value is told its name; an empty one counts as missing, for it would make a bad key."""
    with pytest.raises(Unfilled, match=text.strip("{}").replace(".", r"\.")):
        Template(text).fill(exchange())


@pytest.mark.parametrize("text", ["{identity.password}", "{id.secret}", "{nothing.a}", "{trace.parent}"])
def test_a_hole_that_nothing_fills_stops_the_start(text: str) -> None:
    """A misspelt template never waits for a request to be found."""
    with pytest.raises(ValueError, match="nothing fills"):
        Template(text)


def test_a_template_knows_what_it_needs() -> None:
    """The chain's check learns from the template which plugins must come before."""
    assert Template("{identity.tier}{id.key}{body.a}{path.x}").needs == {"identity", "id", "document"}


def test_an_identity_that_is_not_there_is_a_defect() -> None:
    """A chain that was checked never gets here; were it not checked, it fails rather than guess."""
    anonymous = exchange()
    anonymous.identity = None
    with pytest.raises(ChainMisbuilt, match="identity"):
        Template("{identity.subject}").fill(anonymous)


def test_a_template_shows_its_text() -> None:
    """Error messages show what was written."""
    assert repr(Template("{path.x}")) == "Template('{path.x}')"
