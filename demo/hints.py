"""What to try while the demo runs: every line works when pasted into another terminal, in the repository's folder."""

import secrets
from textwrap import dedent

from demo.place import Place
from local.system import System

QUESTION = '{"question":"Who built the first pound lock?"}'


def hints(system: System, place: Place) -> str:
    """The text."""
    query_id = f"try-{secrets.token_hex(3)}"
    token = f"$({place.prefix}make -s token TIER=free SUB=alice)"
    as_alice = f'-H "authorization: Bearer {token}"'
    as_json = "-H 'content-type: application/json'"
    hidden = '{"doc_id":"mine","chunk_index":0,"text":"Nobody knows.","visibility":"confidential"}'
    asked = f"curl -s {place.url}/queries {as_alice} {as_json} -d '{QUESTION}'"
    metrics = f"{system.management_url('processor-0')}/metrics"
    return dedent(f"""
        Sluice runs on {place.url}; Ctrl-C stops it, `make demo` goes on with the same data.

        Look at it in a browser; the page leads through it in ten steps:
          {place.url}/

        From another terminal, ask as somebody else:
          {place.prefix}make ask Q="Where does the key to the shed at Alder Lock hang?" TIER=standard
          {place.prefix}make ask Q="What does Sluice do when Kafka is down?" TIER=free

        The same with curl: the question, then its answer as a stream (twice, or in two terminals, if you like):
          curl -i {place.url}/queries {as_alice} {as_json} -d '{{"query_id":"{query_id}","question":"Who built the first pound lock?"}}'
          curl -N {place.url}/results/{query_id} {as_alice}

        As a page's EventSource does it, with no header at all: `stream_url` has a ticket, for one stream, within a minute:
          curl -N {place.url}$({asked} | grep -o '/results/[^"]*ticket=[^"]*')

        A free caller may not write what a free caller may not read (403):
          curl -i {place.url}/chunks {as_alice} {as_json} -d '{hidden}'

        Look inside:
          curl -s {metrics} | grep ^gateway_requests
          kcat -C -e -q -b {system.kafka_bootstrap} -t rag.queries -f '%k  %h\\n  %s\\n'
          ls {system.home}/logs
        """)
