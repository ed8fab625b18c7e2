"""Whether, until when and why not a purchase can be given back: by terms, and by law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Q

from pennywhistle.apps.orders import withdrawal_law
from pennywhistle.apps.orders.models import (
    Entitlement,
    Letter,
    Order,
    OrderLine,
    Refund,
    RefundTerms,
    Waiver,
)
from pennywhistle.apps.orders.together import together_with

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class Terms:
    """A buyer gives a purchase back unasked within `days`, with at most so many tracks fetched."""

    days: int = 14
    downloads_max: int = 0


# Until an operator says otherwise.
DEFAULT_TERMS = Terms()


class Against(StrEnum):
    """What stands against giving a purchase back."""

    NOTHING = ""
    REFUNDED = "refunded"  # it was given back already
    TIME = "time"  # too late
    DOWNLOADS = "downloads"  # more of it was fetched than may be
    ALBUM = "album"  # its price was counted for the release, which is to be given back first
    BUNDLE = "bundle"  # it goes back with the rest of its bundle, of which some cannot
    LAW = "law"  # the law of the place knows no withdrawal


@dataclass(frozen=True, slots=True)
class Return:
    """How a line of an order stands; `until` and `withdrawal_until` are exclusive."""

    line_id: UUID
    against: Against
    until: datetime
    terms: Terms
    # By law, where it knows that.
    against_withdrawal: Against
    withdrawal_until: datetime
    download_count: int
    refund_id: UUID | None
    # The other lines of its bundle, which go back with it.
    together: tuple[OrderLine, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether the buyer can have the price back now, by the terms or by the law."""
        return Against.NOTHING in {self.against, self.against_withdrawal}


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What happened to an entitlement since it was given."""

    count: int = 0
    is_in_album: bool = False


def terms_at(instant: datetime) -> Terms:
    """The store's terms for what is bought at an instant."""
    row = RefundTerms.objects.at(instant).first()
    return DEFAULT_TERMS if row is None else Terms(row.days, row.downloads_max)


def line_of(*, buyer_id: int, sale_id: UUID) -> OrderLine | None:
    """One of a buyer's own purchases; another's is as if it were not there."""
    mine = OrderLine.objects.filter(order__buyer=buyer_id, entry=sale_id)
    return mine.select_related("order", "release", "track").first()


def returns_of(lines: Collection[OrderLine], *, now: datetime) -> dict[UUID, Return]:
    """How lines stand, read with their orders; in six queries and one for each day of terms."""
    together = together_with(lines)
    others = {each.pk: each for group in together.values() for each in group}
    all_lines = others | {line.pk: line for line in lines}
    alone = _alone(list(all_lines.values()), now=now)
    return {line.pk: _with_others(alone, line.pk, together.get(line.pk, ())) for line in lines}


def _with_others(
    alone: Mapping[UUID, Return], line_id: UUID, others: tuple[OrderLine, ...]
) -> Return:
    """How a line stands where others go back with it: what stands against them does against it."""
    found, standing = alone[line_id], [alone[each.pk] for each in others]
    against, by_law = found.against, found.against_withdrawal
    if against is Against.NOTHING and any(each.against for each in standing):
        against = Against.BUNDLE
    if by_law is Against.NOTHING and any(each.against_withdrawal for each in standing):
        by_law = Against.BUNDLE
    return replace(found, against=against, against_withdrawal=by_law, together=others)


def _alone(lines: Collection[OrderLine], *, now: datetime) -> dict[UUID, Return]:
    ids = [line.pk for line in lines]
    refunds = dict(Refund.objects.filter(line__in=ids).values_list("line", "entry"))
    fetched = _fetched(ids)
    waived = _waived({line.order_id for line in lines})
    terms = {line.order.placed_at: Terms() for line in lines}
    terms = {placed_at: terms_at(placed_at) for placed_at in terms}
    return {
        line.pk: _return(
            line,
            refunds.get(line.pk),
            fetched.get(line.pk, _Fetched()),
            terms[line.order.placed_at],
            is_waived=line.order_id in waived,
            now=now,
        )
        for line in lines
    }


def return_of(line: OrderLine, *, now: datetime) -> Return:
    """How one line stands."""
    return returns_of([line], now=now)[line.pk]


def withdrawable_lines(*, user: User, now: datetime) -> list[tuple[OrderLine, Return]]:
    """The purchases of the days in which the law lets a person withdraw, the newest first."""
    lines = list(
        OrderLine.objects.filter(
            order__buyer=user,
            order__territory__in=list(withdrawal_law.TERRITORIES),
            order__placed_at__gt=now - withdrawal_law.PERIOD,
        )
        .select_related("order", "release", "track")
        .order_by("-entry")
    )
    found = returns_of(lines, now=now)
    return [(line, found[line.pk]) for line in lines]


def waits_until(order_id: UUID, *, now: datetime) -> datetime | None:
    """When downloads of an order begin whose buyer did not ask for them at once; None: now."""
    order = Order.objects.get(id=order_id)
    until = withdrawal_law.ends_at(order.placed_at)
    if not withdrawal_law.holds_in(order.territory) or now >= until:
        return None
    return None if Waiver.objects.filter(order=order).exists() else until


def _fetched(ids: Collection[UUID]) -> dict[UUID, _Fetched]:
    """By line: how many tracks were handed out, and whether a release counted its price."""
    whole = Entitlement.objects.filter(
        buyer=OuterRef("buyer"),
        release=OuterRef("release"),
        track__isnull=True,
        ended_at__isnull=True,
        granted_at__gte=OuterRef("granted_at"),
    )
    rows = (
        Entitlement.objects.filter(line__in=ids)
        .annotate(count=Count("downloads"), is_in_album=Q(track__isnull=False) & Exists(whole))
        .values_list("line", "count", "is_in_album")
    )
    return {line: _Fetched(count, bool(is_in_album)) for line, count, is_in_album in rows}


def _waived(order_ids: Collection[UUID]) -> set[UUID]:
    """The orders whose waiver was confirmed; one whose letter nobody took is none."""
    sent = Letter.objects.filter(waiver__in=order_ids, sent_at__isnull=False)
    return set(sent.annotate(order=F("waiver")).values_list("order", flat=True))


def _return(
    line: OrderLine,
    refund_id: UUID | None,
    fetched: _Fetched,
    terms: Terms,
    *,
    is_waived: bool,
    now: datetime,
) -> Return:
    placed_at = line.order.placed_at
    until = placed_at + timedelta(days=terms.days)
    withdrawal_until = withdrawal_law.ends_at(placed_at)
    always = Against.REFUNDED if refund_id else Against.ALBUM if fetched.is_in_album else None
    against = Against.NOTHING
    if now >= until:
        against = Against.TIME
    elif fetched.count > terms.downloads_max:
        against = Against.DOWNLOADS
    by_law = Against.NOTHING
    if not withdrawal_law.holds_in(line.order.territory):
        by_law = Against.LAW
    elif now >= withdrawal_until:
        by_law = Against.TIME
    elif fetched.count and is_waived:
        by_law = Against.DOWNLOADS
    return Return(
        line_id=line.pk,
        against=against if always is None else always,
        until=until,
        terms=terms,
        against_withdrawal=by_law if always is None else always,
        withdrawal_until=withdrawal_until,
        download_count=fetched.count,
        refund_id=refund_id,
    )
