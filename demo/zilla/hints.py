"""What to try while the demo speaks as Zilla's does: every line works when pasted into another terminal."""

import secrets
from textwrap import dedent

from demo.place import Place
from local.system import System


def hints(system: System, place: Place) -> str:
    """The text."""
    query_id = f"try-{secrets.token_hex(3)}"
    token = f"$({place.prefix}make -s token TIER=standard SUB=alice)"
    as_json = "-H 'content-type: application/json'"
    query = f'{{"query_id":"{query_id}","question":"Where does the key to the shed at Alder Lock hang?"}}'
    return dedent(f"""
        Sluice runs on {place.url} and speaks as Zilla's RAG demo does (docs/zilla.md); Ctrl-C stops it. From another terminal:

        Ask as somebody else:
          {place.prefix}make ask Q="Where does the key to the shed at Alder Lock hang?" TIER=standard
          {place.prefix}make ask Q="What does Sluice do when Kafka is down?" TIER=free

        The same with curl: the stream first, which stays open; then, from one more terminal, the question, which is 204:
          curl -k --http2 -N "{place.url}/results/{query_id}?access_token={token}"
          curl -k --http2 -i {place.url}/queries -H "authorization: Bearer {token}" {as_json} -d '{query}'

        What is not as declared is 400, without a word:
          curl -k --http2 -i {place.url}/chunks -H "authorization: Bearer {token}" {as_json} -d '{{"doc_id":"test","text":"no chunk_index"}}'

        Instead of -k, clients may trust {system.certificate}; browsers ask once, at {place.url}.

        Look inside:
          curl -s {system.management_url("processor-0")}/metrics | grep ^gateway_requests
          kcat -C -e -q -b {system.kafka_bootstrap} -t rag.queries -f '%k  %h\\n  %s\\n'
          ls {system.home}/logs
        """)
