"""Numbering and issuing documents, one transaction each, after the sale or when one is asked for.

The number is taken from its series' row, which is locked until the document is written: a document
that fails gives its number to the next. The database counts along and refuses any other number
(migration 0002).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.invoices.content import Content, Frame, Side, Sold, content_of, credit_of
from pennywhistle.apps.invoices.due import subject_of
from pennywhistle.apps.invoices.models import Document, Due, Series, Supply
from pennywhistle.apps.invoices.recording import record_supplies
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.engines.tax import Treatment
from pennywhistle.kernel.local_time import zones_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo
    from uuid import UUID

    from pennywhistle.apps.taxes.models import SellerTerms
    from pennywhistle.apps.users.models import User

logger = logging.getLogger(__name__)

issued_at_once_max = 50
_read_when_asked_max = 20
_LETTERS = {Document.Kind.INVOICE: "R", Document.Kind.CREDIT_NOTE: "C"}


def issue_due(*, now: datetime) -> int:
    """Issue the documents that are wanted, the oldest first; answers how many were."""
    issued = 0
    for due_id in Due.objects.order_by("pk").values_list("pk", flat=True)[:issued_at_once_max]:
        issued += issue(due_id=due_id, now=now) is not None
    return issued


def invoice_of_order(*, order_id: UUID, now: datetime) -> Document | None:
    """The invoice of an order, issued now if it was not yet; None while the log lacks the order.

    None, too, for an order that was made before anybody said who sells, or was paid with money that
    was taxed when it was paid in.
    """
    subject = {"kind": Document.Kind.INVOICE, "subject": f"order:{order_id}"}
    for _ in range(_read_when_asked_max):
        due = Due.objects.filter(**subject).first()
        if due is not None:
            # Two that ask at once: one issues it, the other waits for the row and finds it gone.
            issue(due_id=due.pk, now=now, is_waiting=True)
        found = Document.objects.filter(**subject).first()
        if found is not None or not record_supplies(now=now):
            return found
    return None


@transaction.atomic
def issue(*, due_id: int, now: datetime, is_waiting: bool = False) -> Document | None:
    """Issue one document; None where another worker is at it, or it has to wait for others."""
    rows = Due.objects.select_for_update(skip_locked=not is_waiting)
    due = rows.filter(pk=due_id).first()
    if due is None:
        return None
    is_credit = due.kind == Document.Kind.CREDIT_NOTE
    drawn = _credit_note(due, now) if is_credit else _invoice(due, now)
    if drawn is None:
        return None
    content, corrects = drawn
    series = _series(due.kind, content.issued_on.year)
    number = series.last_number + 1
    document = Document.objects.create(
        series=series,
        number=number,
        code=f"{_LETTERS[Document.Kind(due.kind)]}-{series.year}-{number:06}",
        kind=due.kind,
        subject=due.subject,
        corrects=corrects,
        user=due.user,
        issued_at=now,
        content=content.as_json(),
    )
    due.delete()
    return document


def _series(kind: str, year: int) -> Series:
    """The row of numbers, locked until the document is written."""
    rows = Series.objects.select_for_update().filter(kind=kind, year=year)
    found = rows.first()
    if found is None:
        Series.objects.bulk_create([Series(kind=kind, year=year)], ignore_conflicts=True)
        found = rows.get()
    return found


def _invoice(due: Due, now: datetime) -> tuple[Content, None] | None:
    supplies = _invoiced(due.subject)
    if not supplies or not _is_complete(supplies[0]):
        return None
    return content_of(_frame(due, supplies[0], now), _sold(supplies)), None


def _is_complete(first: Supply) -> bool:
    """Whether the log was read to the end of the order."""
    if first.kind != Supply.Kind.SALE:
        return True
    lines = OrderLine.objects.filter(order=first.order_id).values_list("pk", flat=True)
    read = Supply.objects.filter(order_id=first.order_id, kind=first.kind)
    return set(lines) <= set(read.values_list("entry_id", flat=True))


def _invoiced(subject: str) -> list[Supply]:
    """What an invoice is about; what was paid with money that was taxed before is not on it."""
    what, _, name = subject.partition(":")
    rows = Supply.objects.select_related("terms", "user", "vat_number", "entry")
    if what == "order":
        rows = rows.filter(order_id=name, kind=Supply.Kind.SALE, gross_micro__gt=0)
    else:
        rows = rows.filter(pk=int(name))
    return list(rows.order_by("id"))


def _credit_note(due: Due, now: datetime) -> tuple[Content, Document] | None:
    (back,) = _invoiced(due.subject)
    first = back.corrects
    assert first is not None, "what is taken back was supplied once"
    moved = first.as_held()
    # What was taken back before it was moved stands on the first invoice.
    held = moved if moved.pk < back.pk else first
    invoice = Document.objects.filter(kind=Document.Kind.INVOICE, subject=subject_of(held)).first()
    if invoice is None:
        return None
    # One credit note of an invoice after the other.
    Document.objects.select_for_update().get(pk=invoice.pk)
    before = _left(invoice)
    after = {**before, held.pk: before[held.pk] + back.gross_micro}
    known = {each.pk: each for each in _invoiced(invoice.subject)}
    frame = _frame(due, back, now, corrects=invoice)
    credited = _sold([known[held.pk]], {held.pk: -back.gross_micro})
    content = credit_of(
        frame,
        credited,
        before=_sold(list(known.values()), before),
        after=_sold(list(known.values()), after),
    )
    return content, invoice


def _left(invoice: Document) -> dict[int, int]:
    """What of each supply on an invoice was not credited yet, in micro-units with tax."""
    left = {each.pk: each.gross_micro for each in _invoiced(invoice.subject)}
    for note in invoice.notes.all():
        (back,) = _invoiced(note.subject)
        for supply_id in left:
            # A refund of what was moved names the sale; its own invoice has one line.
            if supply_id == back.corrects_id or len(left) == 1:
                left[supply_id] += back.gross_micro
    return left


def _sold(supplies: Sequence[Supply], gross_micro: dict[int, int] | None = None) -> list[Sold]:
    titles = _titles(supplies)
    amounts = {each.pk: each.gross_micro for each in supplies} | (gross_micro or {})
    return [
        Sold(titles[each.pk], amounts[each.pk], each.rate, Treatment(each.treatment))
        for each in supplies
        if amounts[each.pk]
    ]


def _titles(supplies: Sequence[Supply]) -> dict[int, str]:
    lines = OrderLine.objects.filter(entry__in=[each.entry_id for each in supplies])
    titles = {
        line.pk: f"{line.track or line.release} ({line.release.artist_line})"
        for line in lines.select_related("release", "track")
    }
    # Invoices are in the language of the law that they are made by, which the store does not
    # choose: a neutral word stands for money paid in.
    return {each.pk: titles.get(each.entry_id, "Prepaid balance") for each in supplies}


def _frame(due: Due, supply: Supply, now: datetime, corrects: Document | None = None) -> Frame:
    zone = zones_of(supply.terms.country)[0]
    return Frame(
        kind=due.kind,
        day=_day(now, zone),
        supplied_on=_day(supply.occurred_at, zone),
        reference=str(supply.order_id or supply.entry_id),
        currency=supply.currency,
        seller=_seller(supply.terms),
        buyer=_buyer(supply),
        corrects=corrects.code if corrects else "",
        corrects_day=corrects.content["day"] if corrects else "",
    )


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _seller(terms: SellerTerms) -> Side:
    return Side(
        name=terms.legal_name,
        country=terms.country,
        street=terms.street,
        postcode=terms.postcode,
        city=terms.city,
        email=terms.email,
        vat_number=terms.vat_number,
        tax_number=terms.tax_number,
    )


def _buyer(supply: Supply) -> Side:
    user: User = supply.user
    number = supply.vat_number
    return Side(
        name=_business_name(supply) or user.name or user.email,
        country=supply.territory,
        street=number.street if number else "",
        postcode=number.postcode if number else "",
        city=number.city if number else "",
        email=user.email,
        vat_number=number.number if number else "",
    )


def _business_name(supply: Supply) -> str:
    """As the register calls the business; VIES writes three hyphens where a state tells none."""
    if supply.vat_number is None:
        return ""
    said = supply.vat_number.answers.filter(is_valid=True).order_by("-id").first()
    name = str((said.document if said else {}).get("name") or "").strip()
    return supply.vat_number.business_name if name in {"", "---"} else name[:300]
