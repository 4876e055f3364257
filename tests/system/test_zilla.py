"""The steps of Zilla's RAG demo, taken as its page and its README take them, and what Sluice does beyond them."""

import asyncio
import ssl
import uuid
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from demo.place import ZILLA
from local.system import System
from tests.fixtures.page import ORIGIN, page
from tests.fixtures.system import ends

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

FREE, STANDARD, ENTERPRISE = (
    {"sub": "free-user@example.com", "tier": "free"},
    {"sub": "std-user@example.com", "tier": "standard"},
    {"sub": "ent-user@example.com", "tier": "enterprise"},
)
CHUNKS = (
    ("public", "Zilla is a multi-protocol edge gateway for Kafka.", STANDARD),
    ("internal", "Products with versioning are published to subscribers by the platform.", STANDARD),
    ("confidential", "Secure public access to virtual clusters is part of Plus.", ENTERPRISE),
)
QUESTION = "What is a multi-protocol edge gateway for Kafka?"
RESULT = {"query_id", "answer", "sources", "model", "latency_ms", "user_id", "user_tier", "token_usage"}


@pytest.fixture(scope="module")
async def zilla(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system that speaks as Zilla's, with the demo's three chunks in it; either results server can do without the other."""
    home, environ = tmp_path_factory.mktemp("z"), {"SLUICE_RESULTS": "2"}
    async with System(home, environ=environ, config=ZILLA.config) as running:
        for number, (visibility, text, who) in enumerate(CHUNKS):
            async with page(running, **who) as tab:
                chunk = {"doc_id": "zilla-overview", "chunk_index": number, "text": text, "visibility": visibility}
                answer = await tab.post("/chunks", chunk, key=f"chunk-{number}")
            assert (answer.status_code, answer.content, answer.http_version) == (204, b"", "HTTP/2")
            assert not {"content-type", "content-length"} & set(answer.headers)
        yield running


async def asked(system: System, query_id: str, **who: str) -> dict[str, object]:
    """The result of a question, taken as the page takes it: connected first, then posted."""
    async with page(system, **who) as tab:
        source = await tab.listen(query_id).open()
        answer = await tab.post("/queries", {"query_id": query_id, "question": QUESTION}, key=query_id)
        assert (answer.status_code, answer.content) == (204, b"")
        return await source.message()


async def test_a_result_arrives_as_a_message(zilla: System) -> None:
    """A stream that is open before its question gets the result, whole and with the caller's name and tier in it."""
    result = await asked(zilla, "q-std-1", **STANDARD)

    assert result.keys() >= RESULT
    assert (result["query_id"], result["user_id"], result["user_tier"]) == ("q-std-1", STANDARD["sub"], "standard")
    assert isinstance(result["answer"], str)


async def test_each_tier_is_answered_from_what_it_may_see(zilla: System) -> None:
    """Nobody's sources hold a chunk above their tier."""
    seen = {}
    for who in (FREE, STANDARD, ENTERPRISE):
        result = await asked(zilla, str(uuid.uuid4()), **who)
        seen[who["tier"]] = {source["chunk_index"] for source in result["sources"]}  # type: ignore[attr-defined]

    assert seen["free"] <= {0}
    assert seen["standard"] <= {0, 1}
    assert 2 in seen["enterprise"]


async def test_the_stream_stays_open(zilla: System) -> None:
    """It is the client that leaves: after its result a stream waits on, through the whole of another question."""
    query_id = str(uuid.uuid4())
    async with page(zilla, **STANDARD) as tab:
        source = await tab.listen(query_id).open()
        await tab.post("/queries", {"query_id": query_id, "question": QUESTION}, key=query_id)
        first = await source.messages.get()
        await asked(zilla, str(uuid.uuid4()), **STANDARD)
        assert (source.opened, source.failed) == (1, None)
        assert (source.others.qsize(), source.messages.qsize()) == (0, 0)
        assert first.id


async def test_a_reader_comes_back_by_itself(zilla: System) -> None:
    """A stream that breaks is taken up after its last message: what was there does not come again, what is new does."""
    early, late = str(uuid.uuid4()), str(uuid.uuid4())
    async with page(zilla, **STANDARD) as tab:
        had, waiting = await tab.listen(early).open(), await tab.listen(late).open()
        await tab.post("/queries", {"query_id": early, "question": QUESTION}, key=early)
        await had.message()
        for name in ("results-0", "results-1"):
            await zilla.restart(name)
        await asyncio.gather(had.open(2), waiting.open(2))
        await tab.post("/queries", {"query_id": late, "question": QUESTION}, key=late)
        assert (await waiting.message())["query_id"] == late
        assert had.messages.qsize() == 0


async def test_a_reader_who_comes_late_gets_the_result(zilla: System) -> None:
    """The log keeps it, so the order of asking and listening does not matter."""
    query_id = str(uuid.uuid4())
    result = await asked(zilla, query_id, **STANDARD)
    async with page(zilla, **STANDARD) as tab:
        assert await tab.listen(query_id).message() == result


async def test_a_query_id_is_answered_once(zilla: System) -> None:
    """Posting again with the same id is 204, costs no second answer, and tells the open stream nothing."""
    query_id = str(uuid.uuid4())
    async with page(zilla, **STANDARD) as tab:
        source = await tab.listen(query_id).open()
        body = {"query_id": query_id, "question": QUESTION}
        assert [(await tab.post("/queries", body, key=query_id)).status_code for _ in range(2)] == [204, 204]
        await source.message()
        assert (await tab.post("/queries", body, key=query_id)).status_code == 204
        await asked(zilla, str(uuid.uuid4()), **STANDARD)
        assert source.messages.qsize() == 0


async def test_without_a_query_id_the_idempotency_key_is_one(zilla: System) -> None:
    """So does the README say, and a client listens under it."""
    key = f"k-{uuid.uuid4()}"
    async with page(zilla, **STANDARD) as tab:
        source = await tab.listen(key).open()
        assert (await tab.post("/queries", {"question": QUESTION}, key=key)).status_code == 204
        assert (await source.message())["query_id"] == key


async def test_without_any_id_a_question_is_taken(zilla: System) -> None:
    """The client never learns the id, and is told nothing else either."""
    async with page(zilla, **STANDARD) as tab:
        answer = await tab.post("/queries", {"question": QUESTION})
    assert (answer.status_code, answer.content, answer.headers.get("location")) == (204, b"", None)


async def test_another_tier_sees_nothing(zilla: System) -> None:
    """Step 5 of the demo: the standard stream stays silent, the enterprise stream of the same id gets the result."""
    query_id = f"q-cross-{uuid.uuid4()}"
    async with page(zilla, **STANDARD) as low, page(zilla, **ENTERPRISE) as high:
        silent, heard = await low.listen(query_id).open(), await high.listen(query_id).open()
        await high.post("/queries", {"query_id": query_id, "question": "What is Zilla?"}, key=query_id)
        assert (await heard.message())["user_tier"] == "enterprise"
        await asked(zilla, str(uuid.uuid4()), **STANDARD)
        assert (silent.messages.qsize(), silent.opened) == (0, 1)


async def test_the_same_caller_in_another_tier_sees_nothing(zilla: System) -> None:
    """The tier of a result must equal the caller's, also where both are one person."""
    query_id = str(uuid.uuid4())
    await asked(zilla, query_id, **STANDARD)
    async with page(zilla, sub=STANDARD["sub"], tier="enterprise") as tab:
        silent = await tab.listen(query_id).open()
        await asked(zilla, str(uuid.uuid4()), **ENTERPRISE)
        assert (silent.messages.qsize(), silent.opened) == (0, 1)


async def test_another_caller_of_the_tier_sees_nothing(zilla: System) -> None:
    """Unlike Zilla: a result is its owner's alone, and two callers may choose the same id."""
    query_id = str(uuid.uuid4())
    async with page(zilla, sub="other@example.com", tier="standard") as other:
        silent = await other.listen(query_id).open()
        assert (await asked(zilla, query_id, **STANDARD))["user_id"] == STANDARD["sub"]
        assert (silent.messages.qsize(), silent.opened) == (0, 1)
        own = await other.post("/queries", {"query_id": query_id, "question": QUESTION}, key=query_id)
        assert own.status_code == 204
        assert (await silent.message())["user_id"] == "other@example.com"


async def test_a_tier_in_the_body_is_ignored(zilla: System) -> None:
    """Step 6 of the demo: identity comes from the token alone; what else the body holds does not matter."""
    query_id = str(uuid.uuid4())
    body = {"query_id": query_id, "question": QUESTION, "user_tier": "enterprise", "user_id": "root", "more": [1]}
    async with page(zilla, **STANDARD) as tab:
        source = await tab.listen(query_id).open()
        assert (await tab.post("/queries", body, key=query_id)).status_code == 204
        result = await source.message()
    assert (result["user_id"], result["user_tier"]) == (STANDARD["sub"], "standard")


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/chunks", {"doc_id": "test", "text": "missing chunk_index field"}),
        ("/chunks", {"doc_id": "test", "chunk_index": "0", "text": "t"}),
        ("/queries", {"query_id": "q"}),
        ("/queries", {"question": "x" * 2049}),
        ("/queries", []),
    ],
)
async def test_a_bad_body_is_400_and_nothing_else(zilla: System, path: str, document: object) -> None:
    """Step 2 of the demo: status alone, and no record."""
    before = await ends(zilla, "rag.chunks", "rag.queries")
    async with page(zilla, **STANDARD) as tab:
        answer = await tab.post(path, document, key="chunk-bad")
    assert (answer.status_code, answer.content) == (400, b"")
    assert "content-type" not in answer.headers
    assert await ends(zilla, "rag.chunks", "rag.queries") == before


@pytest.mark.parametrize(
    ("claims", "status"),
    [({"ttl": -60.0}, 401), ({"issuer": "https://auth.sluice.example"}, 401), ({"scopes": ["proxy:stream"]}, 403)],
)
async def test_a_caller_without_leave_hears_a_status(zilla: System, claims: dict[str, Any], status: int) -> None:
    """No body here either; the challenge says why (RFC 6750)."""
    async with page(zilla, **STANDARD, **claims) as tab:
        answer = await tab.post("/queries", {"question": QUESTION})
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="sluice", error=')


@pytest.mark.parametrize(("claims", "status"), [({"ttl": -60.0}, 401), ({"scopes": ["proxy:publish"]}, 403)])
async def test_a_stream_without_leave_fails(zilla: System, claims: dict[str, Any], status: int) -> None:
    """EventSource gives up for good."""
    async with page(zilla, **STANDARD, **claims) as tab:
        assert (await tab.listen("q-std-1").open()).failed == status


async def test_an_id_of_no_stream_is_400_without_a_body(zilla: System) -> None:
    """The results server's own errors have none either."""
    async with page(zilla, **STANDARD) as tab:
        headers = {"authorization": f"Bearer {tab.token}", "last-event-id": "nonsense"}
        answer = await tab.request("GET", "/results/q-std-1", headers=headers)
    assert (answer.status_code, answer.content, "content-type" in answer.headers) == (400, b"", False)


async def test_a_challenge_is_answered_with_a_fresh_token(zilla: System) -> None:
    """As Zilla's guards have it; that the lease is longer shows in the next challenge, which comes before its end."""
    query_id = str(uuid.uuid4())
    async with page(zilla, **STANDARD, ttl=15) as tab, page(zilla, **STANDARD, ttl=25) as fresh:
        source = await tab.listen(query_id).open()
        challenge = await source.other()
        said = orjson.loads(challenge.data)
        answer = await fresh.request(
            said["method"],
            f"/results/{query_id}",
            headers={**said["headers"], "authorization": f"Bearer {fresh.token}"},
        )
        assert (challenge.name, answer.status_code, answer.content) == ("challenge", 204, b"")
        assert (await source.other()).name == "challenge"
        assert source.opened == 1


async def test_roles_may_be_a_list(zilla: System) -> None:
    """The highest counts, at the edge and behind it."""
    query_id = str(uuid.uuid4())
    async with page(zilla, sub="roles@example.com", tier="free", extra={"roles": ["user", "enterprise"]}) as tab:
        source = await tab.listen(query_id).open()
        await tab.post("/queries", {"query_id": query_id, "question": QUESTION}, key=query_id)
        assert (await source.message())["user_tier"] == "enterprise"


async def test_a_page_of_any_origin_may_call(zilla: System) -> None:
    """A preflight needs no token, and allows the method and every header that the demo's page sends."""
    wanted = "authorization,content-type,idempotency-key"
    headers = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": wanted,
    }
    async with page(zilla, **STANDARD) as tab:
        answer = await tab.request("OPTIONS", "/queries", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert set(wanted.split(",")) <= set(answer.headers["access-control-allow-headers"].split(", "))


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
async def test_both_versions_of_http_are_spoken(zilla: System, protocol: str) -> None:
    """ALPN chooses; the certificate is good for the name and for the address."""
    for name in ("localhost", "127.0.0.1"):
        context = ssl.create_default_context(cafile=str(zilla.certificate))
        context.set_alpn_protocols([protocol])
        _, writer = await asyncio.open_connection("127.0.0.1", zilla.ports["PORT"], ssl=context, server_hostname=name)
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == protocol
        writer.close()
        await writer.wait_closed()
