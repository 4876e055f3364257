"""What capacity is computed from are the run's own figures."""

from pathlib import Path

import orjson

from bench.coefficients import coefficients, write
from tests.bench.made import FIGURES, PLAIN

FOUND = coefficients(FIGURES)


def test_posts() -> None:
    """The system's own gateway has the plain names, the others have theirs added."""
    assert (200.0, 500.0, 60.0) == tuple(FOUND[f"{part}.post_us"] for part in ("envoy", "processor", "broker"))
    assert 200.0 == FOUND["processor.post_us.native, librdkafka"]
    assert (200.0, 40.0) == (FOUND["processor.busy_post_us"], FOUND["processor.record_us.librdkafka"])


def test_streams() -> None:
    """Of the busiest load, of the calmest, and of the step that opened most."""
    assert (200.0, 2000.0, 170.0) == tuple(
        FOUND[f"results.{what}"] for what in ("event_us", "lone_event_us", "unwatched_us")
    )
    assert (60.0, 20.0) == (FOUND["envoy.stream_kb"], FOUND["results.stream_kb"])
    assert (500.0, 1000.0) == (FOUND["envoy.opening_us"], FOUND["processor.opening_us"])


def test_the_rest() -> None:
    """Questions are those that were asked at once."""
    assert (20.0, 0.6, 1000.0) == (FOUND["question.events"], FOUND["question.seconds"], FOUND["retriever.question_us"])
    assert (40_000.0, 500.0) == (FOUND["embedder.chunk_us"], FOUND["index.chunk_us"])
    assert (150.0, 700.0) == (FOUND["generator.delta_us"], FOUND["generator.answer_us"])
    assert (0.01, 205.0) == (FOUND["broker.idle_cores"], FOUND["retriever.rest_mb"])


def test_written(tmp_path: Path) -> None:
    """The file says whose they are, and on what they were measured."""
    path = tmp_path / "performance.json"
    write(path, FIGURES, machine={"processor": "one"})
    document = orjson.loads(path.read_bytes())
    assert (PLAIN, {"processor": "one"}) == (document["gateway"], document["machine"])
    assert FOUND == document["coefficients"]
