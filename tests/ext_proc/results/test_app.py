"""What a results server follows is what its routes say."""

import pytest

from ext_proc.results.app import followed
from ext_proc.results.live.topics import Topics
from runtime.errors import ConfigError
from tests.fixtures.settings import changed, declared

ROUTE = "results: {topic: rag.results, known_by: rag.queries"


def test_as_declared() -> None:
    """gateway.yaml streams keys of one topic, each proved by another."""
    expected = Topics(
        events=frozenset({"rag.results"}),
        proofs=frozenset({"rag.queries"}),
        headers={"rag.results": frozenset()},
        sessions="rag.sessions",
        load="rag.load",
    )
    assert expected == followed(*declared())


def test_more_routes() -> None:
    """Each topic is followed in every way that some route needs, and the headers of all conditions are kept."""
    chunk = "      - label: {field: visibility, default: internal}"
    more = """
      - results: {topic: rag.results, filters: [{header: tier, tier_at_least: true}]}
      - results: {topic: rag.chunks, key: a, known_by: rag.contexts, owner: false, signed: false}
      - results: {topic: rag.chunks, key: a, known_by: rag.queries, owner: false, filters: [{header: x, equals: y}]}
      - results: {topic: rag.chunks, key: a, filters: [{header: z, in: [a]}]}"""
    expected = Topics(
        events=frozenset({"rag.results", "rag.chunks"}),
        whole=frozenset({"rag.results"}),
        proofs=frozenset({"rag.queries", "rag.contexts"}),
        shared=frozenset({"rag.queries", "rag.contexts"}),
        unsigned=frozenset({"rag.contexts"}),
        sessions="rag.sessions",
        load="rag.load",
        headers={"rag.results": frozenset({"tier"}), "rag.chunks": frozenset({"x", "z"})},
    )
    assert expected == followed(*declared(changed(chunk, chunk + more)))


def test_a_state_alone() -> None:
    """A topic of which only the state is told is followed, and proved, as one that is streamed by key."""
    chunk = "      - label: {field: visibility, default: internal}"
    more = "\n      - status: {topic: rag.chunks, key: a, known_by: rag.contexts, answers: rag.answers}"
    topics = followed(*declared(changed(chunk, chunk + more)))
    assert topics.events == {"rag.results", "rag.chunks"}
    assert topics.proofs == {"rag.queries", "rag.contexts"}
    assert not topics.unsigned | topics.shared


def test_a_misdeclared_state() -> None:
    """What is wrong with it stops the start as well."""
    with pytest.raises(ConfigError) as raised:
        followed(*declared(changed("status: {topic: rag.results", "status: {wait: -1, topic: rag.results")))
    assert raised.value.problems[0].path == "routes.5.plugins.3.status.wait"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("results: {filters: [{header: x}], topic: rag.results", "filters.0"),
        ("results: {start: now, topic: rag.results", "start"),
        ("results: {topics: rag.results", "topic"),
    ],
)
def test_misdeclared(wrong: str, path: str) -> None:
    """What is wrong stops the start, with its line."""
    with pytest.raises(ConfigError) as raised:
        followed(*declared(changed(ROUTE, f"{wrong}, known_by: rag.queries")))
    problem = raised.value.problems[0]
    assert problem.path == f"routes.2.plugins.4.results.{path}"
    assert problem.line is not None or path == "topic"
