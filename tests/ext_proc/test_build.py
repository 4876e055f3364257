"""Everything that can be wrong with a route is found at start, with its line."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from ext_proc.build import build
from ext_proc.registry import BUILT_IN
from runtime.errors import ConfigError
from tests.fixtures.processor import Processor, processor_for
from tests.fixtures.settings import changed, declared


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '- identity\n      - require: {scope: "proxy:stream"}\n      - owned_id: {param: query_id}\n      - results',
            "- indentity\n      - results",
            r"routes\.2\.plugins\.1: no plugin is named 'indentity'; there are admit, announce, idempotency, identity",
        ),
        ('{scope: "proxy:stream"}', "{scopes: a}", r"routes\.2\.plugins\.2\.require\.scope: Field required"),
        ("{document: chunk}", "{document: chunks}", r"routes\.0\.plugins\.2\.schema: "),
        (
            "topic: rag.chunks\n",
            "topic: rag.chunk\n",
            r"routes\.0\.plugins\.5\.produce: topic 'rag.chunk' is not declared",
        ),
        (
            "      - idempotency: {topic: rag.idempotency}\n      - admit\n      - issue_id: {field: query_id}\n",
            "      - admit\n      - issue_id: {field: query_id}\n      - idempotency: {topic: rag.idempotency}\n",
            r"routes\.1\.plugins\.5: idempotency must stand before issue_id, which issues what it would restore",
        ),
        (
            "      - idempotency: {topic: rag.idempotency}\n      - produce:",
            "      - idempotency: {topic: rag.nowhere}\n      - produce:",
            r"routes\.0\.plugins\.4\.idempotency: topic 'rag.nowhere' is not declared",
        ),
        (
            "      - idempotency: {topic: rag.idempotency}\n      - produce:",
            "      - idempotency: {topic: rag.embeddings}\n      - produce:",
            r"routes\.0\.plugins\.4\.idempotency: topic rag.embeddings must be cleaned up by deletion, and keep",
        ),
        (
            "      - idempotency: {topic: rag.idempotency}\n      - produce:",
            "      - idempotency: {topic: rag.idempotency, lease: 20}\n      - produce:",
            r"routes\.\d\.plugins\.\d\.idempotency: another route keeps rag.idempotency with another kept, lease or limit",
        ),
        (
            "      - announce:\n",
            "      - idempotency: {topic: rag.idempotency}\n      - announce:\n",
            r"routes\.3\.plugins\.3: reads the body, and announce answers before that is here",
        ),
        ("      - issue_id: {field: query_id}\n", "", r"routes\.1\.plugins\.\d: route queries: no plugin provides id"),
        (
            "      - renew: {topic",
            "      - schema: {document: query}\n#",
            r"routes\.4: no plugin of this route answers",
        ),
        (
            "      - ticket\n      - identity\n",
            "      - identity\n      - ticket\n",
            r"routes\.2\.plugins\.1: ticket must stand before a plugin that provides identity, and behind none",
        ),
        (
            "      - results: {topic",
            '      - renew: {topic: rag.results, path: "/"}\n#',
            r"routes\.2\.plugins\.0: ticket must stand before a plugin that provides stream, and behind none",
        ),
        (
            ", sessions: rag.sessions}",
            "}",
            r"routes\.2\.plugins\.0\.ticket: results\.sessions must name a topic for this plugin",
        ),
        (
            '{path: "/results/{id.value}",',
            '{path: "/results/{id.v}",',
            r"routes\.1\.plugins\.\d\.issue_ticket: nothing fills",
        ),
        (
            'scopes: ["proxy:stream"]}',
            "scopes: [], lifetime: 301}",
            r"routes\.1\.plugins\.\d\.issue_ticket\.lifetime: ",
        ),
        (
            'value: {query_id: "{id.value}"}',
            'value: {query_id: "{body.query_id}"}',
            r"routes\.3\.plugins\.3: route cancel: no plugin provides document",
        ),
        (
            "      - announce:",
            "      - schema: {document: query}\n      - announce:",
            r"routes\.3\.plugins\.3: reads the body, and announce answers before that is here",
        ),
        (
            "      - owned_id: {param: query_id}\n      - announce:",
            "      - schema: {document: query}\n      - issue_id: {field: query_id}\n      - announce:",
            r"routes\.3\.plugins\.4: route cancel: no plugin provides id",
        ),
        ('{id.key}"\n', '{id.kee}"\n', r"routes\.1\.plugins\.\d\.produce: nothing fills \{id\.kee\}"),
    ],
)
def test_a_mistake_is_named(processor: Processor, old: str, new: str, message: str) -> None:
    """File, line, path and reason, before the first request."""
    gateway, source = declared(changed(old, new))
    with pytest.raises(ConfigError, match=r"gateway\.yaml:\d+: " + message):
        build(replace(processor.services, gateway=gateway), plugins=BUILT_IN, source=source)


async def test_a_chain_that_never_answers_fails_closed(processor: Processor) -> None:
    """Should an answering plugin fall silent after all, the request gets 500 and does not pass."""
    text = changed(
        '      - renew: {topic: rag.results, key: "{id.key}", path: "/results/{path.query_id}"}', "      - silent"
    )

    class Silent:
        name: ClassVar[str] = "silent"
        answers: ClassVar[bool] = True
        Settings: ClassVar[Any] = BUILT_IN["identity"].Settings

        def __init__(self, settings: object, services: object) -> None:
            pass

    other = await processor_for(
        processor.bus, processor.producer, declaration=declared(text), plugins={**BUILT_IN, "silent": Silent}
    )
    answer = await other.ask("POST", "/results/q1/auth")
    assert (answer.status, answer.details) == (500, "gw_internal")
