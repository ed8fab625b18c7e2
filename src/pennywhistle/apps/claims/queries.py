"""What is disputed, by whom, how much of it is contested, and how much money waits."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Sum

from pennywhistle.apps.claims.models import Dispute, DisputeQuerySet
from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.users.models import User

disputes_per_page = 50


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """An open dispute in a list. `claimed` is the most that is claimed anywhere: 6/5 is 120 %."""

    id: int
    title: str
    is_work: bool
    right: str
    claimants: tuple[str, ...]
    claimed: Fraction
    held: tuple[Money, ...]
    opened_at: datetime
    evidence_due_at: datetime


def open_disputes(*, after_id: int = 0) -> list[DisputeRow]:
    """What waits to be decided, oldest first; one page and one more."""
    return _rows(Dispute.objects.open().filter(id__gt=after_id).order_by("id"))


def disputes_of(*, user: User) -> list[DisputeRow]:
    """The open disputes in which this person's parties claim something."""
    return _rows(Dispute.objects.open().of_party(user=user).order_by("id"))


def standing_shares(dispute: Dispute) -> list[OwnershipShare]:
    """Every share that is claimed of what the dispute is about."""
    found = (
        OwnershipShare.objects.open()
        .standing()
        .of_subject(work_id=dispute.work_id, recording_id=dispute.recording_id)
        .filter(right=dispute.right)
    )
    return list(found.select_related("party", "territories", "evidence").order_by("id"))


def most_claimed(dispute: Dispute) -> Fraction:
    """The most that is claimed in any territory at any time, as a part of the whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT claims_most_claimed(%s, %s, %s)",
            [dispute.work_id, dispute.recording_id, dispute.right],
        )
        return Fraction(cursor.fetchone()[0])


def held_accounts(dispute: Dispute) -> list[Account]:
    """The accounts that hold what is contested, one for each territory, year and currency."""
    codes = f"claims:{dispute.subject}:"
    return list(
        Account.objects.filter(kind=Account.Kind.HELD, code__startswith=codes).order_by("number")
    )


def held_money(dispute: Dispute) -> tuple[Money, ...]:
    """What is held over this work or recording, by currency."""
    accounts = held_accounts(dispute)
    sums = (
        Posting.objects.filter(account__in=accounts)
        .values("currency")
        .annotate(total=Sum("amount_micro"))
        .order_by("currency")
    )
    return tuple(Money(int(row["total"]), row["currency"]) for row in sums if row["total"])


def _rows(disputes: DisputeQuerySet) -> list[DisputeRow]:
    found = disputes.select_related("work", "recording")[: disputes_per_page + 1]
    return [_row(dispute) for dispute in found]


def _row(dispute: Dispute) -> DisputeRow:
    about = dispute.work or dispute.recording
    assert about is not None
    shares = standing_shares(dispute)
    return DisputeRow(
        id=dispute.pk,
        title=about.title,
        is_work=dispute.work_id is not None,
        right=dispute.right,
        claimants=tuple(dict.fromkeys(share.party.name for share in shares)),
        claimed=most_claimed(dispute),
        held=held_money(dispute),
        opened_at=dispute.opened_at,
        evidence_due_at=dispute.evidence_due_at,
    )
