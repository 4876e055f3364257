"""Requests and answers of version 9 are those that kafka-python makes and reads."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka.protocol.frame import KafkaBytes
from kafka.protocol.producer import ProduceRequest, ProduceResponse

from bus.kafka.produce_request import VERSION, Answer, ProduceVersion9, _speaks

TOPICS = {"orders": {0: b"a" * 100, 5: b"b" * 20_000}, "x" * 249: {1: b""}}
Topic: Any = ProduceRequest.TopicProduceData
Response: Any = ProduceResponse.TopicProduceResponse


def batches() -> list[Any]:
    """As the sender hands them over."""
    return [
        SimpleNamespace(
            topic_partition=SimpleNamespace(topic=topic, partition=number),
            records=SimpleNamespace(buffer=lambda content=content: bytearray(content)),
        )
        for topic, partitions in TOPICS.items()
        for number, content in partitions.items()
    ]


def answered(**fields: Any) -> KafkaBytes:
    """An answer as a broker writes it, behind its frame."""
    partition: Any = Response.PartitionProduceResponse
    usual = {"error_code": 0, "base_offset": 7, "log_append_time_ms": -1, "log_start_offset": 2}
    usual |= {"record_errors": [], "error_message": None}
    responses = [
        Response(name=topic, partition_responses=[partition(index=number, **(usual | fields)) for number in range(130)])
        for topic in TOPICS
    ]
    message: Any = ProduceResponse(version=VERSION, responses=responses, throttle_time_ms=3)
    message.with_header(correlation_id=99)
    encoded = message.encode(header=True)
    data = KafkaBytes(len(encoded))
    data.write(encoded)
    data.seek(0)
    return data


def test_a_request_is_byte_for_byte_kafka_pythons() -> None:
    """Several topics, one of the longest name, several partitions, and batches of every size."""
    partitions: Any = Topic.PartitionProduceData
    data = [
        Topic(name=topic, partition_data=[partitions(index=at, records=content) for at, content in of_topic.items()])
        for topic, of_topic in TOPICS.items()
    ]
    theirs: Any = ProduceRequest(version=VERSION, transactional_id=None, acks=-1, timeout_ms=2500, topic_data=data)
    ours = ProduceVersion9(batches(), acks=-1, timeout=2500)
    for request in (theirs, ours):
        request.with_header(correlation_id=12, client_id="sluice")
    assert ours.encode(framed=True, header=True) == bytes(theirs.encode(framed=True, header=True))
    assert ours.expect_response()


def test_a_usual_answer_is_read() -> None:
    """What the sender looks at is what kafka-python would have found."""
    data = answered()
    assert Answer.parse_header(data).correlation_id == 99
    ours = Answer.decode(data)
    assert isinstance(ours, Answer)
    theirs: Any = ProduceResponse[VERSION].decode(memoryview(data)[5:])
    assert ours.throttle_time_ms == theirs.throttle_time_ms
    read = [(topic.name, [part[:] for part in topic.partition_responses]) for topic in ours.responses]
    expected = [
        (
            topic.name,
            [(part.index, 0, part.base_offset, -1, part.log_start_offset) for part in topic.partition_responses],
        )
        for topic in theirs.responses
    ]
    assert read == expected


@pytest.mark.parametrize(
    "fields", [{"error_code": 6}, {"error_message": "no"}, {"error_code": 87, "error_message": "bad"}]
)
def test_any_other_answer_is_kafka_pythons(fields: dict[str, Any]) -> None:
    """An error, with its words, is read as it always was."""
    data = answered(**fields)
    Answer.parse_header(data)
    found = Answer.decode(data)
    assert not isinstance(found, Answer)
    first = found.responses[0].partition_responses[0]
    assert {name: getattr(first, name) for name in fields} == fields


@pytest.mark.parametrize("size", [6, 40, 300])
def test_an_answer_that_is_cut_short_is_an_error(size: int) -> None:
    """It is never taken for a smaller one."""
    whole = answered()
    data = KafkaBytes(size)
    data.write(bytes(whole[:size]))
    data.seek(0)
    Answer.parse_header(data)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever kafka-python says of it
        Answer.decode(data)


def test_an_older_broker_is_asked_as_it_understands() -> None:
    """So is one that is not known yet."""
    versions = [{0: (0, 8)}, {0: (3, 13)}, {0: (10, 13)}, {}]
    known = [SimpleNamespace(broker_version_data=SimpleNamespace(api_versions=each)) for each in versions]
    assert [_speaks(each) for each in known] == [False, True, False, False]
    assert not _speaks(None)
    assert not _speaks(SimpleNamespace(broker_version_data=None))
