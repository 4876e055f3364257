"""How the stand-in has been told to behave."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt

Endpoint = Literal["messages", "embeddings"]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fault(_Told):
    """What goes wrong in the next calls.

    Attributes:
        calls: For how many calls it holds.
        endpoint: On which of the two APIs.
        model: In calls of this model only.
        containing: In calls only that have this text in what is asked or embedded; these are not counted down.
        status: The call is answered with this status; with it `retry_after` and `error_code`.
        retry_after: Seconds, sent as `retry-after`.
        error_code: The `details.error_code` of the body.
        cut_after: The connection breaks after so many events of the stream.
        cut_cleanly: The body ends there as if it were whole, and the connection stays.
        error_after: An `error` event takes the place of what follows so many events; with it `error_type`.
        error_type: The type in that event.
    """

    calls: PositiveInt = 1
    endpoint: Endpoint = "messages"
    model: str | None = None
    containing: str | None = None
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: NonNegativeFloat | None = None
    error_code: str | None = None
    cut_after: NonNegativeInt | None = None
    cut_cleanly: bool = False
    error_after: NonNegativeInt | None = None
    error_type: str = "overloaded_error"


class Behaviour(_Told):
    """The body of `POST /control`; what it leaves out stays as it was.

    Attributes:
        first_token_delay: Seconds until the first token, as a model takes them to read.
        token_delay: Seconds between tokens, as a model takes them to write.
        embedding_delay: Seconds that a call of the embeddings API takes.
        together: Calls of an API are answered only once so many of them have been under way at the same time.
        faults: Used up in this order, one call at a time.
    """

    first_token_delay: NonNegativeFloat = 0.03
    token_delay: NonNegativeFloat = 0.008
    embedding_delay: NonNegativeFloat = 0.0
    together: NonNegativeInt = 0
    faults: tuple[Fault, ...] = ()


class Conduct:
    """The behaviour in force."""

    def __init__(self, start: Behaviour) -> None:
        self._start = start
        self.now = start

    def change(self, told: Behaviour) -> None:
        """Takes over what `told` sets."""
        self.now = self.now.model_copy(update={name: getattr(told, name) for name in told.model_fields_set})

    def reset(self) -> None:
        """Back to how it was started."""
        self.now = self._start

    def fault(self, endpoint: Endpoint, *, model: str, texts: Sequence[str]) -> Fault | None:
        """What goes wrong in the call that now begins."""
        faults = list(self.now.faults)
        for place, fault in enumerate(faults):
            if _fits(fault, endpoint, model=model, texts=texts):
                if fault.containing:
                    return fault
                left = fault.model_copy(update={"calls": fault.calls - 1})
                faults[place : place + 1] = [left] if left.calls else []
                self.now = self.now.model_copy(update={"faults": tuple(faults)})
                return fault
        return None


def _fits(fault: Fault, endpoint: Endpoint, *, model: str, texts: Sequence[str]) -> bool:
    return (
        fault.endpoint == endpoint
        and fault.model in {None, model}
        and (fault.containing is None or any(fault.containing in text for text in texts))
    )
