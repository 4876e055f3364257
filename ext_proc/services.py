"""What plugins may use, made from the configuration."""

from bus.ports import Bus, Producer
from ext_proc.idempotency.tables import Tables
from ext_proc.identifiers import Identifiers
from ext_proc.load.board import Board
from ext_proc.plugin import Services
from ext_proc.tickets import Tickets
from runtime.clock import Clock, SystemClock
from runtime.metrics import GatewayMetrics
from runtime.settings.gateway import Gateway
from schemas.signature import Signer
from schemas.validator import SchemaValidators


def services_for(
    gateway: Gateway,
    *,
    producer: Producer,
    metrics: GatewayMetrics,
    clock: Clock | None = None,
    bus: Bus | None = None,
) -> Services:
    """The services of one process; the schemas are compiled here. The board is empty until something fills it.

    Without a `bus`, what was written of an upload before cannot be read again.
    """
    clock = clock or SystemClock()
    keys = gateway.keys
    signer = Signer(*keys.record_keys)
    return Services(
        gateway=gateway,
        producer=producer,
        signer=signer,
        identifiers=Identifiers(*keys.id_keys, names=keys.naming),
        tickets=Tickets(*keys.id_keys),
        idempotency=Tables(signer=signer, clock=clock, metrics=metrics),
        validators=SchemaValidators.load(),
        board=Board(tiers=gateway.tiers, clock=clock),
        clock=clock,
        metrics=metrics,
        bus=bus,
    )
