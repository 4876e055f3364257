"""Requests are whole bytes, and answers are split off a connection at any cut."""

import pytest

from bench.errors import AnswerUnreadable
from bench.http1 import NUMBER, Answers, in_turn, request

ANSWER = b"HTTP/1.1 202 Accepted\r\nserver: x\r\nContent-Length: 4\r\n\r\nbody"
EMPTY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\n\r\n"
NOTHING = b"HTTP/1.1 204 No Content\r\nserver: x\r\n\r\n"
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\na;x=y\r\n0123456789\r\n0\r\n\r\n"


def test_request_with_a_body() -> None:
    """The body's length is stated."""
    expected = b"POST /chunks HTTP/1.1\r\nhost: here\r\na: b\r\ncontent-length: 2\r\n\r\n{}"
    assert expected == request("POST", "/chunks", host="here", headers={"a": "b"}, body=b"{}")


def test_request_without_a_body() -> None:
    """No body, no length."""
    assert b"GET / HTTP/1.1\r\nhost: here\r\n\r\n" == request("GET", "/", host="here", headers={})


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_answers_at_any_cut(size: int) -> None:
    """However the bytes are cut, the statuses come once each and in order."""
    answers, stream = Answers(), ANSWER + EMPTY + CHUNKED + NOTHING + ANSWER
    found = [status for at in range(0, len(stream), size) for status in answers.feed(stream[at : at + size])]
    assert [202, 503, 201, 204, 202] == found


def test_an_answer_waits_for_its_last_byte() -> None:
    """An answer without its last byte is none yet."""
    answers = Answers()
    assert [] == answers.feed(ANSWER[:-1])
    assert [202] == answers.feed(ANSWER[-1:])


def test_an_answer_without_a_length() -> None:
    """An answer that does not say where it ends cannot be timed."""
    with pytest.raises(AnswerUnreadable, match="200 OK"):
        Answers().feed(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")


def test_replays() -> None:
    """Answers that say that they are replayed are counted, however the name is spelled; a body that says so is not."""
    answers = Answers()
    replayed = b"HTTP/1.1 202 Accepted\r\nIdempotent-Replayed: true\r\ncontent-length: 0\r\n\r\n"
    saying = b"HTTP/1.1 202 Accepted\r\ncontent-length: 27\r\n\r\n\r\nidempotent-replayed: true"
    assert [202, 202, 202, 202] == answers.feed(replayed + saying + replayed.lower().replace(b"http", b"HTTP") + ANSWER)
    assert 2 == answers.replayed


def test_requests_in_turn() -> None:
    """Requests without the place of a number are the very same bytes every time."""
    sent = in_turn(["a", "b"])
    first, second = next(sent), next(sent)
    assert (b"a", b"b") == (first, second)
    assert (first, second) == (next(sent), next(sent))


def test_requests_with_a_number() -> None:
    """The number counts over all requests, and stands wherever there is a place for it."""
    sent = in_turn([f"a{NUMBER}", "b", f"{NUMBER}c{NUMBER}"])
    assert [b"a0", b"b", b"2c2", b"a3"] == [next(sent) for _ in range(4)]
