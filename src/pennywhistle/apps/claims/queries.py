"""What is disputed, by whom, how much of it is contested, and how much money waits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import CharField, DecimalField, F, Func, Q, Sum, Value

from pennywhistle.apps.claims.models import Dispute, DisputeQuerySet
from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.users.models import User

disputes_per_page = 50


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute in a list. `claimed` is the most that is claimed anywhere today: 6/5 is 120 %."""

    id: int
    title: str
    is_work: bool
    right: str
    claimants: tuple[str, ...]
    claimed: Fraction
    held: tuple[Money, ...]
    opened_at: datetime
    evidence_due_at: datetime
    settled_at: datetime | None = None


def open_disputes(*, after_id: int = 0, most: int = disputes_per_page + 1) -> list[DisputeRow]:
    """What waits to be decided, oldest first; one page and one more, or the first few."""
    return _rows(Dispute.objects.open().filter(id__gt=after_id).order_by("id"), most)


def open_dispute_count() -> int:
    """How many wait to be decided."""
    return Dispute.objects.open().count()


def settled_disputes(*, before_id: int | None = None) -> list[DisputeRow]:
    """What is decided, the newest first; one page and one more."""
    settled = Dispute.objects.filter(settled_at__isnull=False)
    if before_id is not None:
        settled = settled.filter(id__lt=before_id)
    return _rows(settled.order_by("-id"))


def disputes_of(*, user: User, after_id: int = 0) -> list[DisputeRow]:
    """The open disputes in which this person's parties claim something; a page and one more."""
    return _rows(Dispute.objects.open().of_party(user=user).filter(id__gt=after_id).order_by("id"))


def ended_disputes_of(*, user: User) -> list[DisputeRow]:
    """Those that they took part in and that are over, the newest first; one page."""
    ended = Dispute.objects.told_to(user=user).filter(settled_at__isnull=False)
    return _rows(ended.order_by("-id"))[:disputes_per_page]


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
    return _held_over([dispute.subject]).get(dispute.subject, ())


def _held_over(subjects: Sequence[str]) -> dict[str, tuple[Money, ...]]:
    """What is held over each of these works and recordings, by currency; one query."""
    wanted = Q()
    for subject in set(subjects):
        wanted |= Q(code__startswith=f"claims:{subject}:")
    some = Account.objects.all() if subjects else Account.objects.none()
    accounts = some.filter(wanted, kind=Account.Kind.HELD)
    subject_of: Func = Func(
        *(F("account__code"), Value(":"), Value(2)),
        function="split_part",
        output_field=CharField(),
    )
    sums = (
        Posting.objects.on(accounts)
        .values("currency", subject=subject_of)
        .annotate(total=Sum("amount_micro"))
        .order_by("currency")
    )
    held: dict[str, tuple[Money, ...]] = defaultdict(tuple)
    for row in sums:
        if row["total"]:
            held[row["subject"]] += (Money(int(row["total"]), row["currency"]),)
    return held


def _rows(disputes: DisputeQuerySet, most_rows: int = disputes_per_page + 1) -> list[DisputeRow]:
    """The first rows, by default a page and one more, in three queries."""
    most: Func = Func(
        *("work_id", "recording_id", "right"),
        function="claims_most_claimed",
        output_field=DecimalField(),
    )
    found = list(disputes.select_related("work", "recording").annotate(most=most)[:most_rows])
    claimants = _claimants_of(found)
    held = _held_over([dispute.subject for dispute in found])
    return [
        DisputeRow(
            id=dispute.pk,
            title=str(dispute.work or dispute.recording),
            is_work=dispute.work_id is not None,
            right=dispute.right,
            claimants=claimants.get(_about(dispute), ()),
            claimed=Fraction(dispute.most),  # type: ignore[attr-defined]
            held=held.get(dispute.subject, ()),
            opened_at=dispute.opened_at,
            evidence_due_at=dispute.evidence_due_at,
            settled_at=dispute.settled_at,
        )
        for dispute in found
    ]


_About = tuple[int | None, int | None, str]


def _about(row: Dispute | OwnershipShare) -> _About:
    return row.work_id, row.recording_id, row.right


def _claimants_of(disputes: Sequence[Dispute]) -> dict[_About, tuple[str, ...]]:
    shares = (
        OwnershipShare.objects.open()
        .standing()
        .filter(
            Q(work__in=[each.work_id for each in disputes if each.work_id])
            | Q(recording__in=[each.recording_id for each in disputes if each.recording_id])
        )
        .select_related("party")
        .order_by("id")
    )
    names: dict[_About, dict[str, None]] = defaultdict(dict)
    for share in shares:
        names[_about(share)][share.party.name] = None
    return {about: tuple(each) for about, each in names.items()}
