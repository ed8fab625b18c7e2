"""Making sales reports by DDEX DSR, and noting that one was sent: once about the same days."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.models import PartyIdentifier
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.statements.flows import sold_to, sold_under
from pennywhistle.apps.statements.models import SalesReport
from pennywhistle.apps.statements.pages import stretch_of
from pennywhistle.apps.statements.report_facts import goods_of
from pennywhistle.engines.dsr import Account as StoreAccount
from pennywhistle.engines.dsr import (
    Context,
    Correspondent,
    Heading,
    Line,
    Use,
    basic_report,
    figures_digest,
    file_name,
    financial_report,
    mlc_report,
    read_report,
)
from pennywhistle.kernel.money import Money
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.apps.statements.days import Days
    from pennywhistle.apps.statements.flows import Sold
    from pennywhistle.apps.statements.pages import Stretch
    from pennywhistle.apps.statements.report_facts import Goods

US = "US"


class ReportRefusedError(Exception):
    """The report cannot be made, or may not be sent."""

    code = "report-refused"


class UnnumberedError(ReportRefusedError):
    """The store or the recipient has no DDEX Party ID, and a report names both."""

    code = "no-dpid"


class SentBeforeError(ReportRefusedError):
    """Some of these days were reported before; say which report this one replaces, and why."""

    code = "sent-before"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report: for whom, by which profile, in which currency, about which days."""

    party: Party
    profile: str
    currency: str
    days: Days


def make_report(*, asked: Asked, now: datetime) -> SalesReport:
    """Make a report; asked again, it has the same figures under another MessageId.

    Raises:
        UnnumberedError: the store or the recipient has no DPID.
    """
    heading = _heading(asked, now)
    stretch = stretch_of(asked.days)
    if asked.profile == SalesReport.Profile.FINANCIAL:
        document, territories = _financial(asked, heading, stretch)
    else:
        document, territories = _of_works(asked, heading, stretch)
    read = read_report(document)
    stored = reports_folder().put([document])
    return SalesReport.objects.create(
        party=asked.party,
        profile=asked.profile,
        currency=asked.currency,
        first_on=asked.days.first,
        last_on=asked.days.last,
        message_id=heading.message_id,
        file_name=file_name(
            heading, territory=territories.pop() if len(territories) == 1 else "Worldwide"
        ),
        sha256=stored.sha256,
        figures_sha256=figures_digest(document).hex(),
        size_bytes=len(document),
        line_count=len(read.sales),
        made_at=now,
    )


@transaction.atomic
def send_report(
    *, report_id: int, now: datetime, replaces_id: int | None = None, note: str = ""
) -> SalesReport:
    """Note that a report was sent; again, it is the report that was sent.

    Raises:
        SentBeforeError: some of its days were reported before, and it replaces nothing; or the
            report that it replaces is not the one that stands, or no reason is given.
    """
    with connection.cursor() as cursor:
        # One at a time: two reports about the same days must see each other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('statements_report'))")
    report = SalesReport.objects.select_for_update(of=("self",)).get(id=report_id)
    if report.sent_at is not None:
        return report
    standing = list(SalesReport.objects.sent_about(report=report).order_by("id"))
    if not standing and replaces_id is not None:
        raise SentBeforeError("There is nothing about these days that it could replace.")
    if standing:
        said = [each for each in standing if each.pk == replaces_id]
        if len(standing) != len(said):
            names = ", ".join(each.message_id for each in standing)
            raise SentBeforeError(f"These days were reported before, by {names}.")
        if not note.strip():
            raise SentBeforeError("Say why the report before is replaced.")
    report.sent_at, report.replaces_id, report.note = now, replaces_id, note.strip()
    report.save(update_fields=["sent_at", "replaces", "note"])
    return report


def reports_folder() -> Folder:
    """Where the files lie."""
    return Folder(Path(settings.DATA) / "reports")


def report_document(report: SalesReport) -> bytes:
    """The file of a report, as it was made. Raises StoredFileMissingError."""
    with reports_folder().open(report.sha256) as file:
        return file.read()


def _heading(asked: Asked, now: datetime) -> Heading:
    store = the_store()
    if not settings.DPID:
        raise UnnumberedError("The store has no DPID: set PENNYWHISTLE_DPID.")
    numbers = PartyIdentifier.objects.filter(party=asked.party, scheme="dpid").order_by("id")
    own = numbers.values_list("value", flat=True).first()
    if own is None:
        raise UnnumberedError(f"{asked.party.name} has no DPID on record.")
    return Heading(
        message_id=uuid.uuid4().hex,
        created_at=now,
        first=asked.days.first,
        last=asked.days.last,
        sender=Correspondent(settings.DPID, store.name),
        recipient=Correspondent(own, asked.party.name),
        service=store.name,
        currency=asked.currency,
    )


def _of_works(asked: Asked, heading: Heading, stretch: Stretch) -> tuple[bytes, set[str]]:
    is_mlc = asked.profile == SalesReport.Profile.MLC
    sold = [
        each
        for each in sold_under(asked.party.pk, asked.currency, stretch)
        if not is_mlc or each.territory == US
    ]
    goods = goods_of(sold)
    write = mlc_report if is_mlc else basic_report
    uses = _uses(sold, goods, asked.currency)
    document = write(heading, list(goods.products.values()), uses)
    return document, {each.territory for each in sold}


def _uses(sold: Iterable[Sold], goods: Goods, currency: str) -> list[Use]:
    """Sales that differ in nothing that is told are one."""
    alike: dict[tuple[str, str, str, int], list[Sold]] = {}
    for each in sold:
        key = (each.item, each.territory, each.use, each.net_micro)
        alike.setdefault(key, []).append(each)
    uses = []
    for (item, territory, use, price), several in sorted(alike.items()):
        product_id, recording_id = goods.places[item]
        flows = [each.flow for each in several]
        uses.append(
            Use(
                context=Context(territory, use),
                product_id=product_id,
                recording_id=recording_id,
                usages=sum(each.sale_count for each in several),
                returns=sum(each.refund_count for each in several),
                price=Money(price, currency),
                revenue=Money(sum(flow.gross - flow.tax for flow in flows), currency),
                content_cost=Money(
                    sum(flow.gross + flow.subsidy - flow.tax - flow.store for flow in flows),
                    currency,
                ),
            )
        )
    return uses


def _financial(asked: Asked, heading: Heading, stretch: Stretch) -> tuple[bytes, set[str]]:
    account = Account.objects.filter(
        kind=Account.Kind.PAYEE, party=asked.party, currency=asked.currency
    ).first()
    sold = list(sold_to(account, stretch, by_day=True)) if account else []
    goods = goods_of(sold)
    lines = [_line(each, goods, asked.currency) for each in sold]
    lines.sort(key=lambda line: (line.context, line.day, line.product.id, line.price.micro))
    document = financial_report(heading, lines, StoreAccount(_usages(stretch, asked.currency)))
    return document, {each.territory for each in sold}


def _line(sold: Sold, goods: Goods, currency: str) -> Line:
    flow = sold.flow
    product_id, _ = goods.places[sold.item]
    assert sold.day is not None, "read by day"
    deductions = {
        "LicenseFees": flow.tariffs + flow.held + flow.unclaimed,
        "StoreShare": flow.store,
        "Subsidy": -flow.subsidy,
    }
    left = flow.gross - flow.tax - sum(deductions.values())
    return Line(
        context=Context(sold.territory, sold.use),
        day=sold.day,
        product=goods.products[product_id],
        recording=goods.recording(sold.item),
        usages=sold.sale_count,
        returns=sold.refund_count,
        price=Money(sold.net_micro, currency),
        gross=Money(flow.gross - flow.tax, currency),
        deductions=tuple(
            (name, Money(micro, currency)) for name, micro in deductions.items() if micro
        ),
        share=Fraction(flow.own, left) if left else Fraction(0),
        allocated=Money(flow.own, currency),
    )


_ALL_USAGES = """
SELECT e.territory, v.document->>'use', count(*)
FROM proof_leaf f
JOIN ledger_entry e ON e.id = f.entry_id AND e.kind = 'sale' AND e.currency = %s
JOIN orders_orderline l ON l.entry_id = e.id
JOIN rights_verdict v ON v.digest = l.verdict_id
WHERE f.log_index >= %s AND f.log_index < %s
GROUP BY 1, 2
"""


def _usages(stretch: Stretch, currency: str) -> dict[Context, int]:
    """How much the store sold in all, by context."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_USAGES, [currency, stretch.first_index, stretch.end_index])
        return {Context(territory, use): count for territory, use, count in cursor.fetchall()}
