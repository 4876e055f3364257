"""Which plugins there are. Built-ins are registered as anyone's are: by name, in one literal, or by entry point."""

from collections.abc import Mapping
from importlib.metadata import entry_points

from ext_proc.plugin import Plugin
from ext_proc.plugins.admit import AdmitPlugin
from ext_proc.plugins.announce import AnnouncePlugin
from ext_proc.plugins.idempotency import IdempotencyPlugin
from ext_proc.plugins.identity import IdentityPlugin
from ext_proc.plugins.issue_id import IssueIdPlugin
from ext_proc.plugins.issue_ticket import IssueTicketPlugin
from ext_proc.plugins.label import LabelPlugin
from ext_proc.plugins.owned_id import OwnedIdPlugin
from ext_proc.plugins.produce import ProducePlugin
from ext_proc.plugins.renew import RenewPlugin
from ext_proc.plugins.require import RequirePlugin
from ext_proc.plugins.results import ResultsPlugin
from ext_proc.plugins.schema import SchemaPlugin
from ext_proc.plugins.status import StatusPlugin
from ext_proc.plugins.ticket import TicketPlugin

ENTRY_POINTS = "sluice.plugins"

BUILT_IN: Mapping[str, type[Plugin]] = {
    "ticket": TicketPlugin,
    "identity": IdentityPlugin,
    "require": RequirePlugin,
    "schema": SchemaPlugin,
    "label": LabelPlugin,
    "admit": AdmitPlugin,
    "idempotency": IdempotencyPlugin,
    "issue_id": IssueIdPlugin,
    "issue_ticket": IssueTicketPlugin,
    "owned_id": OwnedIdPlugin,
    "produce": ProducePlugin,
    "announce": AnnouncePlugin,
    "results": ResultsPlugin,
    "renew": RenewPlugin,
    "status": StatusPlugin,
}


class PluginNameTaken(Exception):
    """Two plugins want one name."""

    def __init__(self, *, name: str) -> None:
        super().__init__(f"two plugins are named {name!r}")
        self.name = name


def discover() -> Mapping[str, type[Plugin]]:
    """The built-ins and every plugin that an installed package offers under `sluice.plugins`.

    Raises:
        PluginNameTaken: A package offers a name that is already there.
    """
    found = dict(BUILT_IN)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name in found:
            raise PluginNameTaken(name=entry.name)
        found[entry.name] = entry.load()
    return found
