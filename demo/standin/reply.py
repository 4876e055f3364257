"""A reply of the Messages API: the same content as one message, or as the events of a stream."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from demo.standin.extract import Result, Sentence, extract

NOTHING_GIVEN = "I was given no passages, so I cannot answer that."
NOTHING_FITS = "The passages that I was given do not answer this question."

_PIECE = re.compile(r"\s*\S+\s*$|\s*\S+")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A text block of the reply, as the tokens that it is written in."""

    tokens: Sequence[str]
    citations: Sequence[Json]

    @property
    def text(self) -> str:
        """The block's text."""
        return "".join(self.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered to one request."""

    id: str
    model: str
    parts: Sequence[Part]
    input_tokens: int
    stop_reason: str

    @property
    def output_tokens(self) -> int:
        """How many tokens were written."""
        return sum(len(part.tokens) for part in self.parts)

    def message(self) -> Json:
        """The whole as one message."""
        content = [{"type": "text", "text": part.text, "citations": part.citations or None} for part in self.parts]
        return self._message(content=content, stop_reason=self.stop_reason, output_tokens=self.output_tokens)

    def events(self) -> Iterator[Json]:
        """The whole as the data of a stream's events, in order."""
        yield {"type": "message_start", "message": self._message(content=[], stop_reason=None, output_tokens=1)}
        for index, part in enumerate(self.parts):
            yield from _block_events(index, part)
        yield {
            "type": "message_delta",
            "delta": {"stop_reason": self.stop_reason, "stop_sequence": None},
            "usage": {**_no_cache(), "input_tokens": self.input_tokens, "output_tokens": self.output_tokens},
        }
        yield {"type": "message_stop"}

    def _message(self, *, content: list[Json], stop_reason: str | None, output_tokens: int) -> Json:
        usage = {"input_tokens": self.input_tokens, "output_tokens": output_tokens, "service_tier": "standard"}
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": {**_no_cache(), **usage},
        }


def compose(
    *, identity: str, model: str, question: str, results: Sequence[Result], input_tokens: int, max_tokens: int
) -> Reply:
    """Answers from `results`, in at most `max_tokens` tokens."""
    parts, cut = _limited(_parts(question, results), max_tokens)
    stop_reason = "max_tokens" if cut else "end_turn"
    return Reply(id=identity, model=model, parts=parts, input_tokens=input_tokens, stop_reason=stop_reason)


def _parts(question: str, results: Sequence[Result]) -> list[Part]:
    if not results:
        return [Part(tokens=_tokens(NOTHING_GIVEN), citations=())]
    found = extract(question, results)
    if not found:
        return [Part(tokens=_tokens(NOTHING_FITS), citations=())]
    return [_part(sentence, results, first=number == 0) for number, sentence in enumerate(found)]


def _part(sentence: Sentence, results: Sequence[Result], *, first: bool) -> Part:
    tokens = _tokens(sentence.text if first else f" {sentence.text}")
    return Part(tokens=tokens, citations=_citations(sentence, results[sentence.result]))


def _citations(sentence: Sentence, result: Result) -> list[Json]:
    if not result.citable:
        return []
    location = {
        "type": "search_result_location",
        "cited_text": result.blocks[sentence.block],
        "source": result.source,
        "title": result.title,
        "search_result_index": sentence.result,
        "start_block_index": sentence.block,
        "end_block_index": sentence.block + 1,
    }
    return [location]


def _limited(parts: Sequence[Part], most: int) -> tuple[list[Part], bool]:
    kept: list[Part] = []
    for part in parts:
        room = most - sum(len(other.tokens) for other in kept)
        if room < len(part.tokens):
            rest = [Part(tokens=part.tokens[:room], citations=part.citations)] if room else []
            return [*kept, *rest], True
        kept.append(part)
    return kept, False


def _block_events(index: int, part: Part) -> Iterator[Json]:
    block: Json = {"type": "text", "text": "", "citations": [] if part.citations else None}
    yield {"type": "content_block_start", "index": index, "content_block": block}
    if index == 0:
        yield {"type": "ping"}
    for token in part.tokens:
        yield {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": token}}
    for citation in part.citations:
        delta = {"type": "citations_delta", "citation": citation}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _tokens(text: str) -> list[str]:
    return _PIECE.findall(text)


def _no_cache() -> Json:
    return {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
