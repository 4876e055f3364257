"""Schemathesis against a live gateway: what its own description says is what it is asked, and held to.

`python -m tests.system.fuzzing --examples 200` starts a system and does so at length (`make describe-fuzz`).
"""

import argparse
import asyncio
import itertools
import json
import re
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from ext_proc.idempotency.key import FORM
from local.system import System

SECONDS = 30
"""For one answer: a question is answered within it, and so ends its stream."""

PAST_REPAIR = [*(f"{first}xx" for first in (2, 3)), 401, 403, 404, 409, 422, 429, 503]
"""What a request may be answered whose every part is as described: 422 is for a key that was used before."""

OF_ANOTHER_STREAM = [*PAST_REPAIR, 400]
"""An event id that has the form may be of another stream, or from the future: 400."""

schemathesis.openapi.format(
    "date-time", strategies.datetimes().filter(lambda at: at.year > 1970).map(lambda at: f"{at.isoformat()}Z")
)


@schemathesis.serializer("application/x-ndjson")
def _lines(_: Any, value: Any) -> bytes:
    """What is described is a line; two of it are an upload."""
    line = json.dumps(value).encode()
    return line + b"\n" + line


@schemathesis.hook
def map_body(_: Any, body: Any) -> Any:
    """To JSON Schema 12.0 is an integer, and no document can say that it must not be written so."""
    if isinstance(body, dict):
        return {name: map_body(_, value) for name, value in body.items()}
    if isinstance(body, list):
        return [map_body(_, value) for value in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


KEY = "Idempotency-Key"
ONE_IN = 8
_asked = itertools.count()


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """The same few good keys are made for nearly all requests, which would all be 422 but the first: most get one of their own."""
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and re.fullmatch(FORM, key) and next(_asked) % ONE_IN:
        case.headers[KEY] = uuid.uuid4().hex


class Findings:
    """What was found, and how much was tried."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.tried: Counter[str] = Counter()

    def note(self, event: object) -> None:
        """One event of the engine's."""
        if isinstance(event, NonFatalError | FatalError):
            self.wrong.append(
                f"{type(event).__name__}: {event.value if isinstance(event, NonFatalError) else event.exception}"
            )
        elif isinstance(event, ScenarioFinished):
            self._scenario(event)

    def _scenario(self, event: ScenarioFinished) -> None:
        recorder = event.recorder
        self.tried[f"{event.phase.value}"] += len(recorder.interactions)
        for case, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None and not _is_expected(check.failure_info.failure):
                    shown = recorder.interactions.get(case)
                    told = (
                        f"\n{shown.response.status_code} {shown.response.content[:300]!r}"
                        if shown and shown.response
                        else ""
                    )
                    self.wrong.append(
                        f"{check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample}{told}"
                    )


def _is_expected(failure: Exception) -> bool:
    """QUERY without a content type is 400 to Envoy before there is a route, as the method's own specification asks."""
    return "QUERY returned 400" in str(failure)


def config(*, token: str, examples: int, seed: int) -> SchemathesisConfig:
    """All checks, positive and negative data, and requests that follow from one another."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "auth": {"openapi": {"token": {"bearer": token}}},
            "continue-on-failure": True,
            "request-timeout": SECONDS,
            "generation": {"mode": "all", "max-examples": examples, "database": "none", "no-shrink": True},
            "checks": {"positive_data_acceptance": {"expected-statuses": PAST_REPAIR}},
            "operations": [
                {
                    "include-operation-id": "results",
                    "checks": {"positive_data_acceptance": {"expected-statuses": OF_ANOTHER_STREAM}},
                },
                # DELETE breaks an answer off; what became of the question can be asked afterwards, and should be.
                {
                    "include-operation-id": ["query", "results", "renew"],
                    "checks": {"use_after_free": {"enabled": False}},
                },
            ],
        }
    )


def fuzz(url: str, *, token: str, examples: int, seed: int = 0) -> Findings:
    """Asks what is described, and returns what is not as described. It blocks."""
    chosen = config(token=token, examples=examples, seed=seed)
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=chosen)
    findings = Findings()
    for event in from_schema(schema).execute():
        findings.note(event)
    return findings


async def _main(arguments: argparse.Namespace) -> Sequence[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with System(Path(folder), environ={"SLUICE_PROCESSORS": "2"}) as system:
            token = system.keys.signing.mint(tier="enterprise", sub="fuzzer")
            found = await asyncio.to_thread(
                fuzz, system.public_url, token=token, examples=arguments.examples, seed=arguments.seed
            )
    for wrong in found.wrong:
        sys.stdout.write(f"{wrong}\n\n")
    sys.stdout.write(f"{dict(found.tried)} requests, {len(found.wrong)} findings\n")
    return found.wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.system.fuzzing", description=__doc__)
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    sys.exit(1 if asyncio.run(_main(parser.parse_args())) else 0)
