"""Money that was kept for recordings whose works were unknown: it goes to the works, once known.

Each sale is cleared again with the works that the recording is known to play now. What the part
without a work earned is divided among the works that the sale did not pay yet, as it would pay
them; among all of the recording's works, where it paid them all.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.claims.again import SalesAgain, purse_of, sales_with
from pennywhistle.apps.claims.learned import WorksOfRecording
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.pots import Pot, divide_pots, recording_of
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.rights.closing import lock

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.claims.again import Sold
    from pennywhistle.apps.claims.moving import Move
    from pennywhistle.kernel.purse import Purse

UNIDENTIFIED = "unidentified"


@transaction.atomic
def divide_unidentified(*, recording_id: int, now: datetime) -> tuple[Move, ...]:
    """Pay the works that a recording is known to play by now; the same again moves nothing.

    What moved to them stands under their own shares and disputes from then on. Answers what moved.
    """
    subject = f"recording-{recording_id}"
    lock(subject)
    learned = WorksOfRecording(recording_id, now=now)
    works = {work.ref: work.id for work in learned.works}
    again = SalesAgain(learned)
    pots: dict[tuple[str, Purse], Pot] = {}
    condition = f'@[2] == "{subject}" && @[3] == "{UNIDENTIFIED}"'
    for sold in sales_with([subject], "usage", condition):
        _put(pots, sold, subject, set(works), again)
    open_disputes = Dispute.objects.open().filter(work__in=works.values())
    disputed = {f"work-{work_id}" for work_id in open_disputes.values_list("work", flat=True)}
    return divide_pots(subject, pots.values(), disputed=disputed, now=now)


def _put(
    pots: dict[tuple[str, Purse], Pot],
    sold: Sold,
    subject: str,
    works: set[str],
    again: SalesAgain,
) -> None:
    """What one sale put into the recording's pot, and whose that is by now."""
    document = again.document(sold.verdict)
    total_micro = sold.price_micro + document["subsidy_micro"]
    kept, paid = Fraction(0), set()
    for _, _, about, apart, share in document["usage"]:
        if about == subject and apart == UNIDENTIFIED:
            kept += Fraction(share)
        else:
            paid.add(about)
    purse = purse_of(0, subject, UNIDENTIFIED, document["territory"], sold.at.year)
    pot = pots.setdefault((document["currency"], purse), Pot(purse, document["currency"]))
    now = again.dues(sold)
    new = {about: now[about] for about in (works - paid or works) | {subject} if about in now}
    whole = sum((share for dues in new.values() for share in dues.values()), Fraction(0))
    owners = {
        (label, owner): share / whole
        for label, dues in new.items()
        for owner, share in dues.items()
        if owner != purse
    }
    pot.add(sold.id, kept * total_micro, owners)


def recordings_divided_to(work_id: int) -> list[int]:
    """The recordings whose money was divided to this work: what changes for it, changes there."""
    keys = Entry.objects.filter(
        kind=Entry.Kind.RELEASE,
        key__startswith="claims:recording-",
        key__contains=f":work-{work_id}:",
    ).values_list("key", flat=True)
    return sorted({recording_of(key or "") for key in keys})


def recordings_unidentified() -> list[int]:
    """The recordings for which money is, or was, kept because their works were unknown.

    Also where all of it is divided: the works may be said to be others by now.
    """
    codes = Account.objects.filter(
        kind=Account.Kind.UNCLAIMED, code__startswith=f"{UNIDENTIFIED}:recording-"
    ).values_list("code", flat=True)
    return sorted({recording_of(code) for code in codes})
