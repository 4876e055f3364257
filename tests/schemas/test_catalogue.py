"""What is said of our own records is what the workers write."""

from schemas.catalogue import PROTOBUF, TOPICS
from schemas.context import TYPE as CONTEXT
from schemas.validator import SchemaValidators
from tests.fixtures.settings import declared
from workers import chunk, topics


def test_every_topic_is_declared() -> None:
    """What the catalogue names, gateway.yaml declares, and the stages use under the same name."""
    used = {value for name, value in vars(topics).items() if name.isupper()}
    assert used == TOPICS.keys()
    assert TOPICS.keys() <= declared()[0].topics.keys()


def test_the_types_are_those_that_are_written() -> None:
    """The catalogue and the writers cannot drift apart."""
    assert [kind.type for kind in TOPICS[topics.EMBEDDINGS].kinds] == [chunk.TYPE, chunk.DELETED]
    assert [kind.content_type for kind in TOPICS[topics.EMBEDDINGS].kinds] == [chunk.CONTENT_TYPE] * 2
    assert chunk.CONTENT_TYPE == PROTOBUF
    assert [kind.type for kind in TOPICS[topics.CONTEXTS].kinds] == [CONTEXT]


def test_every_schema_is_there() -> None:
    """A kind that names a schema has one."""
    named = {kind.schema for topic in TOPICS.values() for kind in topic.kinds if kind.schema}
    assert named <= set(SchemaValidators.load().names)
