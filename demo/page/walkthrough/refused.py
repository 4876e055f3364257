"""The last steps of the walkthrough: what the gateway does not let pass, and what it says then."""

from demo.page.walkthrough.shell import AS_JSON, MAKE, URL, asking, bearer
from demo.page.walkthrough.step import Command, Step

BROKEN = '{"chunk_index": -1, "text": 42, "visibility": "secret"}'

REFUSED = (
    Step(
        id="forged",
        title="Forge your tier",
        text=(
            "The middle part of a token is no secret, and anybody can write enterprise into it. But the signature is made "
            "over what it says: Envoy answers 401 before anything of ours has seen the request."
        ),
        commands=(
            Command(
                text=(
                    f"wanted=$({MAKE} token TIER=enterprise); mine=$({MAKE} token TIER=free)\n"
                    f"curl -i -s {URL}/queries "
                    f'-H "authorization: Bearer ${{wanted%.*}}.${{mine##*.}}" {AS_JSON} '
                    """-d '{"question": "What does the lock master earn?"}'"""
                ),
                shows=("401 Unauthorized", 'error="invalid_token"', "signature cannot be verified"),
            ),
        ),
        expected="401, and WWW-Authenticate says that the signature cannot be verified.",
    ),
    Step(
        id="stranger",
        title="Read somebody else's answer",
        text=(
            "A result belongs to who asked. An id that the gateway has issued proves its owner by itself, without a lookup: "
            "for bob, of whatever tier, alice's has never existed. He is answered 404, as for an id that is made up, "
            "so that not even its existence can be found out."
        ),
        commands=(
            Command(
                text=(
                    f"""id=$({asking("free")} | grep -o '"query_id":"[^"]*' | cut -d'"' -f4)\n"""
                    f"curl -i -s {URL}/results/$id {bearer('enterprise', sub='bob')}"
                ),
                shows=("404 Not Found", "not-found"),
            ),
            Command(
                text=f"curl -i -s {URL}/results/made-up {bearer('enterprise', sub='bob')}",
                shows=("404 Not Found", "not-found"),
            ),
        ),
        expected="404 both times.",
    ),
    Step(
        id="schema",
        title="Break the schema",
        text=(
            "A body is held to its JSON Schema before it can become a record, and every violation is told at once, with a "
            "pointer to its place. What lies on Kafka is well formed, so no worker has to wonder."
        ),
        commands=(
            Command(
                text=f"curl -i -s {URL}/chunks {bearer('standard')} {AS_JSON} -d '{BROKEN}'",
                shows=("400 Bad Request", "application/problem+json", '"errors":[{"pointer":', "doc_id"),
            ),
        ),
        expected="400 with four errors, each with a pointer: the missing doc_id, the index, the text and the visibility.",
    ),
    Step(
        id="expired",
        title="Come too late",
        text=(
            "This token is genuine, and its time is over. A stream that is open when its token ends is ended too, "
            "after a warning that leaves time to renew it."
        ),
        commands=(
            Command(
                text=f'curl -i -s {URL}/queries -H "authorization: Bearer $({MAKE} token TIER=free TTL=-600)" '
                f"""{AS_JSON} -d '{{"question": "Who built the first pound lock?"}}'""",
                shows=("401 Unauthorized", 'error="invalid_token"', "expired"),
            ),
        ),
        expected="401, and WWW-Authenticate says that the token has expired.",
    ),
)
