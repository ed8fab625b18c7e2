"""Under whose name the messages go: the supplier's own DPID, where one is on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.parties.models import PartyIdentifier
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.engines.ddex.write_facts import Correspondent, Heading

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party

# Nobody's. Leaving does not depend on anybody's paperwork: who has no DPID leaves with this one
# in its place, and has it replaced once a number was given out.
NOBODYS_DPID = "PADPIDA0000000000Q"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes to whom, and when: the same on all messages of one export."""

    sender: Correspondent
    recipient: Correspondent
    created_at: datetime
    supplier: str
    """The supplier's code in this store, which the names of the batches begin with."""

    def heading(self, subject: str) -> Heading:
        """The heading of the message about a subject; its id is the same if it is written again."""
        stamp = f"{self.created_at:%Y%m%d%H%M%S%f}"
        return Heading(
            f"{subject}-{stamp}", self.sender, self.recipient, self.created_at, thread_id=subject
        )

    def batch_name(self, number: int) -> str:
        """N_{BatchId}: who, which of them, and when, to the millisecond as folders have it."""
        moment = f"{self.created_at:%Y%m%d%H%M%S}{self.created_at.microsecond // 1000:03}"
        return f"N_{self.supplier}.{number:04}_{moment}"


def letterhead(supplier: Party, *, now: datetime) -> Letterhead:
    """The supplier writes, to the store as far as it has a DPID; another store reads."""
    numbers = PartyIdentifier.objects.filter(party=supplier, scheme="dpid").order_by("id")
    own = numbers.values_list("value", flat=True).first()
    return Letterhead(
        Correspondent(own or NOBODYS_DPID, supplier.name),
        Correspondent(settings.DPID or NOBODYS_DPID, the_store().name),
        now,
        supplier.public_id,
    )
