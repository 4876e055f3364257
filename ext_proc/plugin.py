"""What a plugin is.

A plugin is one file: a typed settings model, a constructor that takes its settings and the services,
and one async method for each phase that it takes part in.

```python
class Maintenance:
    name: ClassVar[str] = "maintenance"
    Settings: ClassVar[type[MaintenanceSettings]] = MaintenanceSettings

    def __init__(self, settings: MaintenanceSettings, services: Services) -> None: ...

    async def on_headers(self, exchange: Exchange) -> Reply | None: ...
```
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from bus.ports import Bus, Producer
from bus.records import Record
from ext_proc.bulk.opened import Opened
from ext_proc.exchange import Exchange
from ext_proc.idempotency.tables import Tables
from ext_proc.identifiers import Identifiers
from ext_proc.load.board import Board
from ext_proc.reply import Reply
from ext_proc.tickets import Tickets
from runtime.clock import Clock
from runtime.metrics import GatewayMetrics
from runtime.settings.gateway import Gateway
from schemas.signature import Signer
from schemas.validator import Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What plugins may use; built once in the composition root."""

    gateway: Gateway
    producer: Producer
    signer: Signer
    identifiers: Identifiers
    tickets: Tickets
    idempotency: Tables
    validators: Validators
    board: Board
    clock: Clock
    metrics: GatewayMetrics
    bus: Bus | None = None


class Plugin(Protocol):
    """What every plugin has; it takes part in a phase by having that phase's method.

    Optional attributes, checked when a chain is built:

    - `provides`, `needs`: names among `identity`, `document`, `id`, `record`; what is needed must be provided before;
    - `answers = True`: it always ends the chain with an answer;
    - `cluster`: the upstream of Envoy's that the request goes on to;
    - `token_optional = True`: Envoy lets requests without a token pass to it, for it knows another proof,
      and sends it the ticket of the query as `exchange.credentials.ticket`;
    - `cookie = True`: it is sent our cookie, as `exchange.credentials.cookie`;
    - `before`: what must be provided after it, and by none before;
    - `issues = True`: it makes something of `exchange.unique` or `exchange.received_at`;
    - `restores = True`: it may set those, so that it stands before what issues;
    - `completes = True`: the body phase runs to its end, also where the client has gone away;
    - `alone = True`: it takes one record a request, and cannot stand in a route that takes records in bulk.
    """

    name: ClassVar[str]
    Settings: ClassVar[Any]  # a subclass of Section; a precise type here could not be narrowed by a plugin

    def __init__(self, settings: Any, services: Services) -> None:
        """Checks what can be checked at start; a `ValueError` here stops the process with file, line and path."""


@runtime_checkable
class OnHeaders(Protocol):
    """Takes part when the request's headers are here and its body is not."""

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Returns nothing to go on, or the answer that ends the chain."""


@runtime_checkable
class OnBody(Protocol):
    """Takes part once for each record of the body: a route that has one is buffered by Envoy."""

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Returns nothing to go on, or the answer that ends the chain."""


@runtime_checkable
class OnWhole(Protocol):
    """Takes part once in a request with many records, and not for each of them: see `ext_proc.bulk`."""

    async def over(self, exchange: Exchange, *, every: int) -> Opened | Reply | None:
        """Nothing for a request that is none of its business, or the answer that refuses it; or where it begins.

        Marks are to be made after `every` records.

        Raises:
            BusError: Kafka did not answer.
        """


@runtime_checkable
class Writes(Protocol):
    """Ends the chain of a route by writing one record, which it can also make without writing it.

    A route that takes records in bulk needs one: its records are written together, and their receipts awaited together.
    """

    topic: str

    def record(self, exchange: Exchange) -> Record:
        """What it would write for this request.

        Raises:
            Unfilled: The request lacks what a template needs.
        """


@runtime_checkable
class Routed(Protocol):
    """Sends the request on to an upstream of Envoy's rather than answering it."""

    cluster: ClassVar[str]
