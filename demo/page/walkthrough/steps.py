"""The ten steps of the walkthrough: the page and docs/walkthrough.md say what is written here, and the tests hold it to it."""

from demo.page.walkthrough.refused import REFUSED
from demo.page.walkthrough.shell import AS_JSON, MAKE, URL, asking, bearer, streaming
from demo.page.walkthrough.step import Command, Step

NOTE = (
    '{"doc_id": "ferret", "chunk_index": 0, "visibility": "internal",'
    ' "text": "The Lockkeepers keep a ferret named Admiral, who pulls a new rope through a blocked culvert."}'
)
RECORD = '"topic":"rag.(queries|contexts|results)","partition":[0-9]+,"offset":[0-9]+,"key":"[^"]*","type":"[^"]*"'

SERVED = (
    Step(
        id="identity",
        title="Choose who you are",
        text=(
            "A token says who calls and in which tier; the issuer has signed it, so nobody can change a letter. "
            "Envoy verifies it at the edge, and what it says is all that Sluice believes about a caller: "
            "no header and no body can add to it. Choose a tier, and read what its token says."
        ),
        commands=(
            Command(
                text=f"{MAKE} token TIER=standard | cut -d. -f2 | tr _- /+ | base64 -d 2>/dev/null; echo",
                shows=('"iss":"https://auth.sluice.example"', '"sub":"alice"', '"tier":"standard"'),
            ),
        ),
        expected="The claims of the token: its issuer, whom it is for, when it ends, and the tier.",
    ),
    Step(
        id="ask",
        title="Ask a question",
        text=(
            "A question is a POST, and its answer comes at once: 202, with an id and where to read the result. "
            "It says that all in-sync replicas of Kafka hold the question, so it will be answered "
            "whatever stops in the meantime. No model has been called yet."
        ),
        commands=(
            Command(text=asking("standard", options="-i -s"), shows=("202 Accepted", '"query_id"', '"rag.queries"')),
        ),
        expected="202 with query_id, results_url and stream_url, and where on Kafka the record lies.",
    ),
    Step(
        id="stream",
        title="Watch the answer arrive",
        text=(
            "The answer is a stream of events: your place in the queue, the passages that were found, the text as the "
            "model writes it, and what it quotes. Each event's id says where it lies on Kafka, so a connection that breaks "
            "is taken up again at any replica, and nothing is lost or said twice. A citation opens its passage."
        ),
        commands=(
            Command(
                text=streaming("standard"),
                shows=("event: queued", "event: retrieved", "event: delta", "event: citation", "event: done"),
            ),
            Command(
                text=f"curl -s {URL}/demo/passages/company/leaks/0 {bearer('standard')}",
                shows=('"doc_id": "company/leaks"', '"text"', '"visibility"'),
            ),
        ),
        expected="The events queued, retrieved, delta, citation, usage and done; and then a passage that can be cited.",
    ),
    Step(
        id="log",
        title="Follow it through Kafka",
        text=(
            "Between your POST and the first word of the answer lie three records and two workers: the gateway writes the "
            "question to rag.queries, the retriever what it has found to rag.contexts, the generator the answer to "
            "rag.results, from where it is streamed to you. One key keeps them together. The headers carry who asked, "
            "signed by the gateway: a worker believes no record without that."
        ),
        commands=(
            Command(
                text=(
                    f"{streaming('standard')} > /dev/null\n"
                    f"curl -sN -m 2 '{URL}/demo/records?since=60' | grep -Eo '{RECORD}'"
                ),
                shows=("rag.query.submitted.v1", '"topic":"rag.contexts"', "rag.answer.delta.v1", "rag.answer.done.v1"),
            ),
        ),
        expected="The records of the question with one and the same key: on rag.queries, rag.contexts and rag.results.",
    ),
    Step(
        id="add",
        title="Add something it does not know",
        text=(
            "Knowledge is posted as chunks of text, each with a visibility. The gateway keeps anybody from labelling a "
            "chunk above what they may read themselves. The embedder makes a vector of it, which goes on to Kafka too: "
            "every index reads it from there, and one that is built anew has nothing embedded again."
        ),
        commands=(
            Command(
                text=f"curl -i -s {URL}/chunks {bearer('standard')} {AS_JSON} -d '{NOTE}'",
                shows=("202 Accepted", '"rag.chunks"'),
            ),
            Command(
                text=f"curl -i -s {URL}/chunks {bearer('free')} {AS_JSON} -d '{NOTE}'",
                shows=("403 Forbidden", "label-above-tier", '"required_tier":"standard"'),
            ),
        ),
        expected="202 for who may read what is internal, and 403 with the tier that it takes for who may not.",
    ),
    Step(
        id="tiers",
        title="Ask as three tiers",
        text=(
            "The same question, and three answers: the retriever searches only among the passages that the caller's tier "
            "may read. What a caller must not see never reaches the model, so no prompt can talk it out of it."
        ),
        commands=(
            Command(
                text=(
                    "for tier in free standard enterprise; do\n"
                    '  echo "== $tier"\n'
                    f"  {streaming('$tier')} | grep '^data.*\"answer\"'\n"
                    "done"
                ),
                shows=("== free", "ring the keeper", "== standard", "stop planks", "== enterprise", "2,300 crowns"),
            ),
        ),
        expected="Three answers: what a visitor is told, what the company's people know, and what its books say.",
    ),
)

STEPS = (*SERVED, *REFUSED)
"""All of them, in their order."""
