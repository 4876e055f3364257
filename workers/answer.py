"""An answer as it grows, and the events that tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from runtime.settings.models import PriceSettings
from schemas.context import Context, ContextPassage
from schemas.envelope import Caller
from schemas.events import Cancelled, Cited, CitedText, Delta, Done, Event, Retrieved, Source, TokenUsage, Used
from workers.ports import Citation, Passage, Usage

NOTHING_FOUND = "There is nothing among the documents that you may read that answers this question."


@dataclass(slots=True, kw_only=True)
class Answer:
    """What is known so far. `passages` are what the caller may see; `usage` is there once the model has ended.

    Attributes:
        asked: The model that was asked last, as gateway.yaml names it.
        fallback_from: The tier's first choice, where another model was asked in its place.
        called_off: The caller wanted it no more before the model was asked.
        voided: A call before has cost what nobody tells of.
    """

    context: Context
    passages: Sequence[ContextPassage]
    text: list[str] = field(default_factory=list)
    cited: list[Cited] = field(default_factory=list)
    usage: Usage | None = None
    asked: str = ""
    fallback_from: str | None = None
    called_off: bool = False
    voided: bool = False

    def ask(self, model: str, *, first: str) -> None:
        """A model is asked, `first` being the one that the tier would rather have."""
        self.asked = model
        self.fallback_from = first if model != first else None

    def restart(self) -> None:
        """What the model said so far does not count."""
        self.text.clear()
        self.cited.clear()
        self.usage = None
        self.voided = True

    def retrieved(self) -> Retrieved:
        """The first event."""
        return Retrieved(sources=self._sources())

    def cite(self, citation: Citation) -> Cited | None:
        """The event for a quotation; `None` where the model quotes what it was not given."""
        if not 0 <= citation.passage_index < len(self.passages):
            return None
        passage = self.passages[citation.passage_index]
        cited = Cited(
            doc_id=passage.doc_id,
            chunk_index=passage.chunk_index,
            source_url=passage.source_url,
            cited_text=citation.cited_text,
        )
        self.cited.append(cited)
        return cited

    def used(self, price: PriceSettings | None) -> Used | None:
        """What the model's call cost; `None` where there was none."""
        if self.usage is None:
            return None
        tokens = self._tokens()
        return Used(
            model=self.usage.model,
            prompt_tokens=tokens.prompt_tokens,
            completion_tokens=tokens.completion_tokens,
            total_tokens=tokens.total_tokens,
            cost_usd=cost(self.usage, price) if price else None,
            estimated=not self.usage.complete,
            fallback_from=self.fallback_from,
        )

    def whole(self) -> Sequence[Event]:
        """All of it at once, for when its pieces did not arrive."""
        text = "".join(self.text)
        return (self.retrieved(), *((Delta(text=text),) if text else ()), *self.cited)

    def done(self, caller: Caller, *, now_ms: int) -> Done:
        """The last event."""
        return Done(
            query_id=self.context.query_id,
            answer="".join(self.text),
            sources=self._sources(),
            citations=tuple(_cited_text(cited) for cited in self.cited),
            model=self.usage.model if self.usage else None,
            fallback_from=self.fallback_from if self.usage else None,
            latency_ms=max(0, now_ms - self.context.asked_at),
            user_id=caller.user_id,
            user_tier=caller.tier,
            token_usage=self._tokens(),
        )

    @property
    def broken_off(self) -> bool:
        """The caller wanted it no more before the model had ended."""
        return self.called_off or (self.usage is not None and not self.usage.complete)

    def cancelled(self) -> Cancelled:
        """The last event of an answer that was broken off."""
        return Cancelled(
            query_id=self.context.query_id,
            model=self.usage.model if self.usage else None,
            token_usage=self._tokens(),
            estimated=self.voided or self.usage is not None,
        )

    def _sources(self) -> tuple[Source, ...]:
        return tuple(
            Source(doc_id=one.doc_id, chunk_index=one.chunk_index, source_url=one.source_url, score=one.score)
            for one in self.passages
        )

    def _tokens(self) -> TokenUsage:
        if self.usage is None:
            return TokenUsage()
        given, made = self.usage.input_tokens, self.usage.output_tokens
        return TokenUsage(prompt_tokens=given, completion_tokens=made, total_tokens=given + made)


def prompted(passages: Sequence[ContextPassage]) -> Sequence[Passage]:
    """The passages as a prompt has them."""
    return [
        Passage(
            doc_id=one.doc_id,
            chunk_index=one.chunk_index,
            text=one.text,
            visibility=one.visibility,
            source_url=one.source_url,
        )
        for one in passages
    ]


def cost(usage: Usage, price: PriceSettings) -> float:
    """US dollars."""
    return (usage.input_tokens * price.input + usage.output_tokens * price.output) / 1_000_000


def _cited_text(cited: Cited) -> CitedText:
    return CitedText(
        doc_id=cited.doc_id,
        chunk_index=cited.chunk_index,
        source_url=cited.source_url,
        cited_text=cited.cited_text,
    )
