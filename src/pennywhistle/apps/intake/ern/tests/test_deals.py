"""What deals become: prices, codes, local dates, visibility, few rows (rights.md 1.1 and 4.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from builders import keep, usd
from ern_terms import SENDER, Terms
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.ern.tests.conftest import NOW, a_desk, reasons, sale, verdict
from pennywhistle.apps.intake.models import Message, Notice
from pennywhistle.apps.rights.actions import RateTerms, record_rate
from pennywhistle.apps.rights.models import Availability, Grant, OwnershipShare, TerritorySet
from pennywhistle.apps.rights.queries import everything_of, store_terms
from pennywhistle.engines.clearance.survey import next_change, survey
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import TERRITORY_CODES, Territories

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk

BOTH = ("R0", "R1", "R2")
SECOND = timedelta(seconds=1)


def code(name: str, *releases: str) -> Terms:
    return sale(releases=releases or BOTH, wholesale=None, code=name)


def test_a_code_of_the_rate_card_is_the_price(desk: Desk) -> None:
    worldwide, always = Territories.worldwide(), Period.always()
    supplier_id = desk.supplier.pk
    terms = RateTerms(supplier_id, "T03", worldwide, always, usd("0.99"), usd("0.50"))
    record_rate(terms=terms, now=NOW)

    desk.deliver(code("T03"))

    assert verdict(Release.objects.get()).price == usd("0.99")


def test_a_code_of_somebody_elses_list_is_no_price(desk: Desk) -> None:
    worldwide, always = Territories.worldwide(), Period.always()
    terms = RateTerms(desk.supplier.pk, "T03", worldwide, always, usd("0.99"), usd("0.50"))
    record_rate(terms=terms, now=NOW)
    letter = desk.letter(code("T03")).bytes()
    own = f'<PriceCode Namespace="{SENDER}">'.encode()
    assert own in letter

    desk.send(
        letter.replace(own, b'<PriceCode Namespace="PADPIDA2013042401U">'), files=desk.files()
    )

    assert not verdict(Release.objects.get()).allowed
    assert not Grant.objects.open().exclude(price_code="").exists()


def test_a_code_that_is_on_no_card_sells_nothing(desk: Desk) -> None:
    """R5."""
    message = desk.deliver(code("T99"))

    assert message.state == Message.State.APPLIED
    assert reasons(verdict(Release.objects.get())) == ["price-code"]
    assert [each.code for each in Notice.objects.all()] == ["price-code-unknown"]


def test_who_sells_nothing_any_more_by_a_mistake_in_the_deals_is_told(desk: Desk) -> None:
    """E2; faults.md 21."""
    desk.deliver(sale())

    message = desk.deliver(sale(wholesale="0.00"))

    assert not Grant.objects.open().exists()
    (told,) = Notice.objects.all()
    assert (told.message, told.level, told.code) == (message, Notice.Level.ALERT, "deals-refused")
    assert "price-zero" in told.sentence


def test_a_price_in_another_currency_sells_nothing_and_the_supplier_is_told(desk: Desk) -> None:
    deal = Terms(BOTH, wholesale="1.00", currency="EUR")

    desk.deliver(deal)

    assert reasons(verdict(Release.objects.get())) == ["currency"]
    assert [each.code for each in Notice.objects.all()] == ["price-currency"]


def test_a_deal_without_a_price_sells_nothing_and_the_supplier_is_told(desk: Desk) -> None:
    desk.deliver(sale(wholesale=None))

    assert reasons(verdict(Release.objects.get())) == ["no-price"]
    assert [each.code for each in Notice.objects.all()] == ["price-missing"]


def test_a_price_of_nothing_with_pay_as_you_go_sells_nothing(desk: Desk) -> None:
    """R11 and fault 21."""
    message = desk.deliver(sale(wholesale="0.00"))

    assert "price-zero" in [finding["code"] for finding in message.findings]
    assert not Grant.objects.exists()


def test_an_excluded_territory_is_not_sold_in(desk: Desk) -> None:
    """R7."""
    desk.deliver(Terms(BOTH, territories=(), excluded=("2129",), wholesale="1.00", currency="USD"))

    release = Release.objects.get()
    assert reasons(verdict(release, "US")) == ["territory"]
    assert verdict(release, "DE").allowed


def test_without_an_agreement_nothing_is_sold_and_the_notice_says_so(
    desk: Desk, tmp_path: Path
) -> None:
    del desk
    other = a_desk(tmp_path, name="New Yard", dpid="PADPIDA2026010102L", us_source=None)

    message = other.deliver(sale(releases=BOTH), sender="PADPIDA2026010102L")

    assert message.state == Message.State.APPLIED
    assert reasons(verdict(Release.objects.get())) == ["no-agreement"]
    assert [each.code for each in Notice.objects.all()] == ["no-agreement"]


def test_a_supplier_with_a_blanket_license_warrants_its_masters_and_no_works(
    desk: Desk, tmp_path: Path
) -> None:
    del desk
    other = a_desk(tmp_path, name="New Yard", dpid="PADPIDA2026010102L", us_source="blanket")

    other.deliver(sale(releases=BOTH), sender="PADPIDA2026010102L")

    assert OwnershipShare.objects.filter(recording__isnull=False).count() == 2
    assert not OwnershipShare.objects.filter(work__isnull=False).exists()
    assert not verdict(Release.objects.get()).allowed


def canada(hour: int, minute: int, zone: str, *, day: int, month: int) -> datetime:
    return datetime(2013, month, day, hour, minute, tzinfo=ZoneInfo(zone))


def test_a_price_changes_at_the_midnight_of_the_territory(desk: Desk) -> None:
    """R1: 99.99 until the end of 31 March, 88.88 from 1 April, in local time."""
    old = sale("CA", releases=BOTH, wholesale="89.99", start="2013-01-01", end="2013-03-31")
    new = sale("CA", releases=BOTH, wholesale="79.99", start="2013-04-01")
    desk.deliver(old, new)
    release = Release.objects.get()
    Release.objects.update(published_at=datetime(2013, 1, 1, tzinfo=UTC))

    last = canada(23, 59, "America/St_Johns", day=31, month=3)
    first = canada(0, 0, "America/Vancouver", day=1, month=4)
    before, after = verdict(release, "CA", at=last), verdict(release, "CA", at=first)

    assert before.allowed, before.reasons
    assert after.allowed, after.reasons
    assert (before.price, after.price) == (usd("99.99"), usd("88.88"))
    assert not verdict(release, "CA", at=last + timedelta(minutes=1)).allowed
    assert not verdict(release, "CA", at=first - SECOND).allowed


def test_availability_looks_again_at_each_midnight_and_tells_territories_apart(desk: Desk) -> None:
    desk.deliver(sale("NZ", "DE", "US", releases=BOTH, start="2026-03-02"))
    release = Release.objects.get()
    Release.objects.update(published_at=NOW - timedelta(days=1))
    zones = {"NZ": "Pacific/Auckland", "DE": "Europe/Berlin"}
    midnights = {
        code: datetime(2026, 3, 2, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for code, zone in zones.items()
    }
    album = next(iter(everything_of(release_id=release.pk, at=NOW).values()))

    assert next_change(album, midnights["NZ"] - SECOND) == midnights["NZ"]
    assert next_change(album, midnights["NZ"]) == midnights["DE"]
    question = store_terms().question(territory="", at=midnights["DE"])
    allowed = [area for area in survey(album, question, {}) if area.verdict.allowed]
    assert [area.territories for area in allowed] == [Territories.of("DE", "NZ")]
    assert not verdict(release, "US", at=midnights["DE"]).allowed


def test_a_time_with_a_zone_is_one_instant_everywhere(desk: Desk) -> None:
    desk.deliver(sale("NZ", "US", releases=BOTH, start="2026-03-02T00:00:00Z"))
    release = Release.objects.get()
    at = datetime(2026, 3, 2, tzinfo=UTC)

    assert not verdict(release, "NZ", at=at - SECOND).allowed
    assert verdict(release, "NZ", at=at).allowed
    assert verdict(release, "US", at=at).allowed


def test_a_pre_order_is_recorded_and_sells_nothing_yet(desk: Desk) -> None:
    pre = sale(
        releases=BOTH,
        start="2026-02-01",
        end="2026-03-09",
        extra="<IsPreOrderDeal>true</IsPreOrderDeal>",
    )
    desk.deliver(pre, sale(releases=BOTH, start="2026-03-10"))
    release = Release.objects.get()

    assert Grant.objects.filter(is_pre_order=True).count() == 3
    assert reasons(verdict(release)) == ["not-yet"]
    assert verdict(release, at=datetime(2026, 3, 11, 12, tzinfo=UTC)).allowed


def visible(date: str) -> dict[str, str]:
    return {
        "album": "<ReleaseVisibilityReference>V0</ReleaseVisibilityReference>",
        "message": "",
        "deals": (
            "<ReleaseVisibility><VisibilityReference>V0</VisibilityReference>"
            f"<TerritoryCode>Worldwide</TerritoryCode>"
            f"<ReleaseDisplayStartDateTime>{date}</ReleaseDisplayStartDateTime>"
            "</ReleaseVisibility>"
        ),
    }


def test_a_release_is_seen_from_its_display_date_and_sold_later(desk: Desk) -> None:
    """E10."""
    extra = visible("2026-03-05T10:00:00Z")
    desk.deliver(sale(releases=BOTH, start="2026-03-20"), extra=extra)

    release = Release.objects.get()
    shown = datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert not Release.objects.published(at=shown - SECOND).exists()
    assert Release.objects.published(at=shown).get() == release
    assert reasons(verdict(release, at=shown)) == ["not-yet"]


def test_without_a_display_date_it_is_seen_from_when_it_is_sold_first(desk: Desk) -> None:
    desk.deliver(sale("DE", releases=BOTH, start="2026-03-20"))

    begins = datetime(2026, 3, 20, tzinfo=ZoneInfo("Europe/Berlin"))
    assert Release.objects.get().published_at == begins


def test_hundreds_of_deals_are_few_rows(desk: Desk) -> None:
    """R12: a deal for each territory and each of three items."""
    deals = tuple(
        sale(territory, releases=(release,), wholesale=price)
        for release in BOTH
        for territory in TERRITORY_CODES[:249]
        for price in ("1.00" if release == "R0" else "0.10",)
    )
    assert len(deals) == 747

    message = desk.deliver(*deals)

    assert message.state == Message.State.APPLIED, message.findings
    assert Grant.objects.count() == 3
    assert TerritorySet.objects.count() <= 3
    assert verdict(Release.objects.get(), "DE").allowed


def test_the_keeper_offers_what_a_message_sells(desk: Desk) -> None:
    desk.deliver(sale("DE", releases=BOTH))
    Release.objects.update(published_at=NOW - timedelta(days=1))

    keep()

    assert Availability.objects.count() == 3


@pytest.mark.parametrize("version", ["382", "411", "42"])
def test_messages_of_older_versions_do_the_same(desk: Desk, version: str) -> None:
    message = desk.deliver(sale(releases=BOTH), version=version)

    assert message.state == Message.State.APPLIED, message.findings
    assert verdict(Release.objects.get()).allowed


def test_a_test_message_is_looked_at_and_published_nowhere(desk: Desk) -> None:
    message = desk.deliver(sale(), control="TestMessage")

    assert message.state == Message.State.IGNORED
    assert not Release.objects.exists()


def test_a_test_message_is_refused_in_production(
    desk: Desk, settings: pytest.FixtureRequest
) -> None:
    settings.IS_PRODUCTION = True  # type: ignore[attr-defined]

    message = desk.deliver(sale(), control="TestMessage")

    assert message.state == Message.State.REFUSED


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a xmlns='http://ddex.net/xml/ern/999'/>",
    ],
)
def test_what_is_no_message_is_a_row_that_says_so(desk: Desk, document: bytes) -> None:
    """Faults 13 to 15."""
    message = desk.send(document)

    assert message.kind == Message.Kind.UNREADABLE
    assert message.state == Message.State.REFUSED
    assert message.findings[0]["sentence"]
    assert desk.send(document) == message
    assert [each.code for each in Notice.objects.all()] == ["message-refused"]


def test_a_period_of_which_nothing_is_left_for_certain_opens_nothing(desk: Desk) -> None:
    start, end = "2026-03-01T00:00:00Z", "2026-03-01T10:00:00"

    message = desk.deliver(sale(start=start, end=end, releases=("R0", "R1", "R2")))

    assert message.state == Message.State.APPLIED, message.findings
    assert not Grant.objects.exists()
