"""Sales reports tell what was sold, again with the same figures, and are sent once."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_buyer, a_shelf, a_store, keep, usd
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.ledger.reversing import write_refund
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.parties.models import PartyIdentifier
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.models import SalesReport
from pennywhistle.apps.statements.reporting import (
    Asked,
    SentBeforeError,
    UnnumberedError,
    make_report,
    report_document,
    send_report,
)
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.engines.dsr import read_report
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.machine.storage import Folder
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db
NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))
BASIC, FINANCIAL, MLC = (
    SalesReport.Profile.BASIC,
    SalesReport.Profile.FINANCIAL,
    SalesReport.Profile.MLC,
)


@pytest.fixture
def shop(settings, tmp_path):
    """Two sales in the US and one in Germany, one of them refunded, under a society's license."""
    settings.DATA, settings.DPID = tmp_path, "PADPIDA2008120501W"
    origin = "records.example/log"
    log = Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)
    a_store()
    set_tax_rate(
        territory="US", rate=Fraction(1, 10), valid=Period.always(), source="A law", now=NOON
    )
    shelf = a_shelf(track_price="1.00", album_price="2.00")
    society = a_society()
    for number in (1, 2, 3):
        writers = written_by(shelf, {f"Wren {number}": Fraction(1)}, track=number)
        mandate(writers[f"Wren {number}"], society)
    for number, party in enumerate((society, shelf.payees[0]), 1):
        PartyIdentifier.objects.create(
            party=party, scheme="dpid", value=f"PADPIDA201412030{number}U"
        )
    keep()
    buyer = a_buyer()
    wanted = [(shelf.track(1), "US", "1.00"), (shelf.track(2), "DE", "1.00")]
    for ref, territory, shown in [*wanted, (shelf.track(3), "US", "1.00")]:
        check_out(
            buyer_id=buyer.pk, wanted=[ref], territory=territory, shown=usd(shown),
            key=f"key-of-{ref.track_id}", now=NOON,
        )  # fmt: skip
    write_refund(sale_id=OrderLine.objects.get(track=shelf.tracks[2]).pk, now=NOON)
    work.order_waiting()
    work.close_page(log=log, now=NOON)
    work.publish(log=log)
    return shelf, society


def made(party, profile, *, days=NOVEMBER, later=0) -> SalesReport:
    asked = Asked(party, profile, "USD", days)
    return make_report(asked=asked, now=NOON + timedelta(days=10 + later))


def test_reports_tell_what_was_sold(shop) -> None:
    shelf, society = shop

    basic = read_report(report_document(made(society, BASIC)))
    mlc = read_report(report_document(made(society, MLC)))
    financial = made(shelf.payees[0], FINANCIAL)
    told = read_report(report_document(financial))

    assert {each["Territory"]: each["TotalUsages"] for each in basic.of("SY01.03")} == {
        "DE": "1", "US": "2",
    }  # fmt: skip
    assert sum(int(each["Returns"]) for each in basic.sales) == 1
    # Without tax, also of the sale of which nothing is left.
    prices = {each["PriceEndUserPaidExcSalesTax"] for each in basic.sales}
    assert prices == {"1.000000", "0.909091"}
    summed = {each["Territory"]: each["NetRevenue"] for each in basic.of("SY01.03")}
    # The tax of a sale is rounded by its id.
    assert summed.pop("US") in {"0.909090", "0.909091"}
    assert summed == {"DE": "1.000000"}
    assert len(basic.of("AS02.04")) == 3
    assert [each["Territory"] for each in mlc.of("SY12")] == ["US"]
    account = Account.objects.get(kind=Account.Kind.PAYEE, party=shelf.payees[0])
    allocated = [each["AllocatedNetRevenueInCurrencyOfAccounting"] for each in told.sales]
    amounts = [
        -Money.parse(each[1:], currency="USD")
        if each[0] == "-"
        else Money.parse(each, currency="USD")
        for each in allocated
    ]
    assert sum(amounts, usd("0")) == sum_of(account)
    assert financial.file_name.startswith("DSR_PADPIDA2014120302U_PADPIDA2008120501W_Test-Records_")


def test_a_report_made_twice_has_the_same_figures_and_is_sent_once(shop) -> None:
    _, society = shop
    first, second = made(society, BASIC), made(society, BASIC, later=1)
    assert first.message_id != second.message_id
    assert first.figures_sha256 == second.figures_sha256
    assert first.sha256 != second.sha256

    sent = send_report(report_id=first.pk, now=NOON)
    assert send_report(report_id=first.pk, now=NOON + timedelta(days=1)).sent_at == sent.sent_at
    refusals = [
        {},
        {"replaces_id": second.pk, "note": "?"},
        {"replaces_id": first.pk},
    ]
    for said in refusals:
        with pytest.raises(SentBeforeError):
            send_report(report_id=second.pk, now=NOON, **said)
    # Days that overlap are days that were told of before.
    week = made(society, BASIC, days=Days(date(2026, 11, 20), date(2026, 12, 3)))
    with pytest.raises(SentBeforeError):
        send_report(report_id=week.pk, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        SalesReport.objects.filter(id=second.pk).update(sent_at=NOON)

    replaced = send_report(
        report_id=second.pk, replaces_id=first.pk, note="A refund was missing", now=NOON
    )

    assert replaced.replaces == first
    third = made(society, BASIC, later=2)
    with pytest.raises(SentBeforeError):
        send_report(report_id=third.pk, replaces_id=first.pk, note="Late", now=NOON)
    december = made(society, BASIC, days=Days(date(2026, 12, 1), date(2026, 12, 31)))
    assert december.line_count == 0
    assert send_report(report_id=december.pk, now=NOON).sent_at == NOON


def test_without_a_number_of_ddex_nothing_is_made(shop, settings) -> None:
    shelf, society = shop

    with pytest.raises(UnnumberedError):
        made(shelf.payees[1], FINANCIAL)
    settings.DPID = ""
    with pytest.raises(UnnumberedError):
        made(society, BASIC)
    assert not SalesReport.objects.exists()
