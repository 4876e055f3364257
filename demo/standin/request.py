"""A request to the Messages API: what of it the stand-in reads."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from demo.standin.extract import Result


class _Read(BaseModel):
    # The API knows many more fields than matter here; they are let through, as they would be there.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Text(_Read):
    type: Literal["text"]
    text: str = Field(min_length=1)


class _Citations(_Read):
    enabled: bool = False


class _SearchResult(_Read):
    type: Literal["search_result"]
    source: str
    title: str
    content: tuple[_Text, ...] = Field(min_length=1)
    citations: _Citations = _Citations()


class _Turn(_Read):
    role: Literal["user", "assistant"]
    content: str | tuple[_Text | _SearchResult, ...]


class MessagesRequest(_Read):
    """The body of `POST /v1/messages`."""

    model: str = Field(min_length=1)
    max_tokens: PositiveInt
    messages: tuple[_Turn, ...] = Field(min_length=1)
    system: Any = None
    stream: bool = False

    @property
    def question(self) -> str:
        """The last text that the user wrote."""
        texts = [text for turn in self.messages if turn.role == "user" for text in _texts(turn)]
        return texts[-1] if texts else ""

    @property
    def results(self) -> Sequence[Result]:
        """Every search result, in the order in which citations count them."""
        blocks = [block for turn in self.messages if not isinstance(turn.content, str) for block in turn.content]
        return [_result(block) for block in blocks if isinstance(block, _SearchResult)]

    @property
    def input_tokens(self) -> int:
        """About as many tokens as a model would count."""
        return 1 + (len(str(self.system or "")) + sum(len(str(turn.content)) for turn in self.messages)) // 4


def parse(body: bytes) -> MessagesRequest:
    """Reads a body.

    Raises:
        ValueError: It is none; says where, as the API does.
    """
    try:
        return MessagesRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise ValueError(f"{where}: {first['msg']}") from error


def _texts(turn: _Turn) -> list[str]:
    if isinstance(turn.content, str):
        return [turn.content]
    return [block.text for block in turn.content if isinstance(block, _Text)]


def _result(block: _SearchResult) -> Result:
    texts = tuple(text.text for text in block.content)
    return Result(source=block.source, title=block.title, blocks=texts, citable=block.citations.enabled)
