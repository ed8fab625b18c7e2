"""Giving a purchase back: the price returns to the balance, and the right to download ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.models import Balance
from pennywhistle.apps.ledger.reversing import write_refund
from pennywhistle.apps.orders.ended import refund_days_max, refund_downloads_max
from pennywhistle.apps.orders.models import Entitlement, OrderLine, Refund, RefundTerms
from pennywhistle.apps.orders.returns import Against, Terms, return_of, terms_at
from pennywhistle.apps.orders.together import together_with

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class RefundError(Exception):
    """Nothing was refunded."""

    code = "refund"


class SaleUnknownError(RefundError):
    """There is no such purchase, or it is another's."""

    code = "sale-unknown"


class ReasonMissingError(RefundError):
    """The store's own refunds stand with their reason on record."""

    code = "reason-missing"


class RefundRefusedError(RefundError):
    """The purchase cannot be given back; `against` says what stands against it."""

    code = "refund-refused"

    def __init__(self, against: Against) -> None:
        super().__init__(f"It cannot be given back: {against}.")
        self.against = against


class TermsInvalidError(RefundError):
    """No store refunds for so long, or after so many downloads."""

    code = "refund-terms-invalid"


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """Who wants which sale taken back, as what; operators say the reason."""

    sale_id: UUID
    user_id: int
    why: Refund.Why = Refund.Why.BUYER
    reason: str = ""


@transaction.atomic
def refund_sale(*, asked: RefundAsked, now: datetime) -> Refund:
    """Take a sale back; the same again answers with the same refund.

    What was sold in the same bundle goes back with it, but by an operator, who takes back one.

    The buyer's balance row is locked first, as at the till: nothing is bought or refunded beside.
    Then the entitlement, for which downloads that begin wait.

    Raises:
        SaleUnknownError: there is none, or it is not the asking buyer's.
        ReasonMissingError: an operator gave no reason.
        RefundRefusedError: it is too late, too much was fetched, or its release comes first. Not
            to an operator, who may refund any sale but one whose price a release counted.
    """
    line = _line(asked)
    Balance.objects.select_for_update().get(account=line.order.account_id)
    known = Refund.objects.filter(line=line).first()
    if known is not None:
        return known
    others = () if asked.why == Refund.Why.OPERATOR else together_with([line]).get(line.pk, ())
    # Locked at once, in their order.
    list(
        Entitlement.objects.select_for_update()
        .filter(line__in=[line.pk, *(each.pk for each in others)])
        .order_by("pk")
    )
    _require(line, asked, now)
    for other in others:
        _take_back(other, asked, now)
    return _take_back(line, asked, now)


def _take_back(line: OrderLine, asked: RefundAsked, now: datetime) -> Refund:
    entry = write_refund(sale_id=line.pk, now=now)
    Entitlement.objects.filter(line=line).update(ended_at=now, ended_by=entry)
    return Refund.objects.create(
        line=line,
        entry=entry,
        why=asked.why,
        reason=asked.reason.strip(),
        asked_by_id=asked.user_id,
        refunded_at=now,
    )


@transaction.atomic
def set_refund_terms(*, terms: Terms, user_id: int | None, now: datetime) -> Terms:
    """Say how long and after how many downloads buyers may give back what they buy from now on.

    What was bought before keeps the terms that were shown with it. The same again changes nothing.
    Raises TermsInvalidError.
    """
    if not (
        0 <= terms.days <= refund_days_max and 0 <= terms.downloads_max <= refund_downloads_max
    ):
        raise TermsInvalidError(
            f"At most {refund_days_max} days and {refund_downloads_max} downloads."
        )
    if terms_at(now) != terms:
        RefundTerms.objects.create(
            days=terms.days,
            downloads_max=terms.downloads_max,
            recorded_at=now,
            recorded_by_id=user_id,
        )
    return terms


def _line(asked: RefundAsked) -> OrderLine:
    lines = OrderLine.objects.select_related("order").filter(pk=asked.sale_id)
    if asked.why == Refund.Why.OPERATOR:
        if not asked.reason.strip():
            raise ReasonMissingError("Say why the store refunds it.")
    else:
        lines = lines.filter(order__buyer=asked.user_id)
    line = lines.first()
    if line is None:
        raise SaleUnknownError("There is no such purchase.")
    return line


def _require(line: OrderLine, asked: RefundAsked, now: datetime) -> None:
    found = return_of(line, now=now)
    if asked.why == Refund.Why.OPERATOR:
        # The release cost less for it, and would go on doing so.
        if found.against is Against.ALBUM:
            raise RefundRefusedError(found.against)
        return
    is_by_law = asked.why == Refund.Why.WITHDRAWAL
    against = found.against_withdrawal if is_by_law else found.against
    if against is not Against.NOTHING:
        raise RefundRefusedError(against)
