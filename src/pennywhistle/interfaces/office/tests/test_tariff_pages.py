"""Tariffs: the list, the editor, and what a line would have asked of the last quarter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from builders import Shelf, a_buyer, a_shelf, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.actions import record_tariff
from pennywhistle.apps.rights.models import Tariff, TariffLine
from pennywhistle.engines.clearance.tariff import Band, Base, DurationBand
from societies import NINE_PERCENT, a_society, mandate, written_by

LINE = {
    "percent": "8",
    "base": "gross",
    "currency": "gbp",
    "track_minimum": "0.05",
    "album_minimum": "0.60",
    "album_tracks": "12",
    "extra_track": "0.04",
    "per_minute": "0.0175",
    "bands": "1 0.05\n4 0.045\nmore 0.025",
    "duration_bands": "5:00 1\nmore 4/3",
    "is_per_work": "on",
    "is_by_repertoire": "on",
    "first_day": "2026-01-01",
    "last_day": "2026-12-31",
    "source": "Online licence, schedule 2",
    "source_day": "2026-01-01",
    "do": "record",
}
CHEAP = {
    "percent": "9",
    "base": "net",
    "currency": "USD",
    "track_minimum": "0.05",
    "source": "Test",
    "source_day": "2026-11-01",
}


@pytest.fixture
def tariff(store) -> Tariff:
    society = ensure_party(name="Society")
    return record_tariff(licensor_id=society.pk, name="VR-OD 8", now=timezone.now())


def editor(tariff: Tariff) -> str:
    return reverse("office-tariff-line-new", args=[tariff.pk])


def test_a_tariff_is_made_once_and_found_by_its_licensor(office, store) -> None:
    society = ensure_party(name="Society of Authors")
    address = reverse("office-tariff-new", args=[society.public_id])
    assert office.get(address).status_code == 200

    for _ in range(2):
        assert office.post(address, {"name": "VR-OD 8"}).status_code == 302

    assert Tariff.objects.count() == 1
    assert "VR-OD 8" in office.get(reverse("office-tariffs"), {"q": "Authors"}).content.decode()
    assert "VR-OD 8" not in office.get(reverse("office-tariffs"), {"q": "Labels"}).content.decode()
    assert office.post(address, {"name": ""}).status_code == 400


def test_a_line_says_what_was_typed_and_is_recorded_once(office, tariff) -> None:
    assert office.get(editor(tariff)).status_code == 200

    for _ in range(2):
        answer = office.post(editor(tariff), LINE)
        assert answer.status_code == 302, answer.context["form"].errors

    line = TariffLine.objects.get()
    rule = line.rule
    assert (rule.currency, rule.base, rule.percent) == ("GBP", Base.GROSS, Fraction(8, 100))
    assert (rule.track_minimum_micro, rule.per_minute_micro) == (50_000, 17_500)
    assert (rule.album_minimum_micro, rule.album_tracks, rule.extra_track_micro) == (
        600_000,
        12,
        40_000,
    )
    assert rule.bands == (Band(1, 50_000), Band(4, 45_000), Band(None, 25_000))
    assert rule.duration_bands == (
        DurationBand(300_000, Fraction(1)),
        DurationBand(None, Fraction(4, 3)),
    )
    assert rule.is_per_work
    assert rule.is_by_repertoire
    assert line.valid_until == datetime(2027, 1, 1, tzinfo=UTC)
    assert line.source == "Online licence, schedule 2, 2026-01-01"


def test_the_page_reads_the_line_out_and_the_editor_starts_from_it(office, tariff) -> None:
    office.post(editor(tariff), LINE)
    line = TariffLine.objects.get()

    text = office.get(reverse("office-tariff", args=[tariff.pk])).content.decode()
    form = office.get(editor(tariff), {"like": str(line.pk)}).context["form"]

    assert "8 % of the price with tax" in text
    assert "in bundles of up to 4 at least" in text
    assert form.initial["bands"] == "1 0.05\n4 0.045\nmore 0.025"
    assert form.initial["duration_bands"] == "5:00 1\nmore 4/3"
    assert office.get(editor(tariff), {"like": "x"}).context["form"].initial == {}


SLIPS = [
    ({"currency": ""}, "currency", "Write the currency of the amounts"),
    ({"currency": "XYZ"}, "currency", "ISO 4217"),
    ({"percent": "150"}, "percent", "at most 100"),
    ({"track_minimum": "5 cents"}, "track_minimum", "digits with a point"),
    ({"album_minimum": "", "album_tracks": ""}, "album_minimum", "album"),
    ({"album_tracks": ""}, "album_minimum", "album"),
    ({"bands": "4 0.045\n1 0.05"}, "bands", "smallest first"),
    ({"bands": "more 0.045\n4 0.05"}, "bands", "comes last"),
    ({"bands": "four"}, "bands", "two words"),
    ({"bands": "x 0.045"}, "bands", "how many tracks"),
    ({"bands": "\n".join(f"{n} 1" for n in range(1, 30))}, "bands", "At most 20 lines"),
    ({"duration_bands": "5:00 x"}, "duration_bands", "a factor like"),
    ({"duration_bands": "5 1"}, "duration_bands", "a length like"),
    ({"duration_bands": "5:00 1/0"}, "duration_bands", "a factor like"),
    ({"source": ""}, "source", "required"),
    ({"source_day": "soon"}, "source_day", "date"),
    ({"last_day": "2025-12-31"}, "last_day", "before the first"),
]


@pytest.mark.parametrize("do", ["record", "try"])
def test_a_slip_is_told_beside_its_field(office, tariff, do, subtests) -> None:
    for change, field, sentence in SLIPS:
        if do == "try" and change == {"source": ""}:
            # Where it stands does not change what it asks.
            continue
        with subtests.test(str(change)):
            answer = office.post(editor(tariff), {**LINE, **change, "do": do})

            assert answer.status_code == 400
            assert sentence in str(answer.context["form"].errors.get(field))
            assert not TariffLine.objects.exists()


def test_a_line_that_asks_nothing_is_refused(office, tariff) -> None:
    answer = office.post(editor(tariff), {"base": "net", "source": "x", "source_day": "2026-01-01"})

    assert "Give it a percentage or an amount" in str(answer.context["form"].errors["percent"])


def test_a_line_is_ended(office, tariff) -> None:
    office.post(editor(tariff), LINE)
    end = reverse("office-end", args=["tariff-line", TariffLine.objects.get().pk])

    assert office.post(end, {"last_day": "2026-06-30"}).status_code == 302

    line = TariffLine.objects.open().get()
    assert line.valid_until == datetime(2026, 7, 1, tzinfo=UTC)
    assert line.rule.bands


def sell(shelf: Shelf, *, times: int = 1) -> None:
    for _ in range(times):
        check_out(
            buyer_id=a_buyer(f"{uuid4()}@example.org").pk,
            wanted=[shelf.track(1)],
            territory="FR",
            shown=usd("0.14"),
            key="key",
            now=timezone.now() - timedelta(hours=1),
        )


@pytest.fixture
def sold(store) -> Tariff:
    shelf = a_shelf(track_count=1)
    society = a_society(tariff=NINE_PERCENT)
    mandate(written_by(shelf, {"Wanda": Fraction(1)})["Wanda"], society)
    sell(shelf, times=3)
    return Tariff.objects.get()


def test_a_line_is_tried_on_the_last_quarter_and_not_recorded(office, sold) -> None:
    answer = office.post(editor(sold), {**CHEAP, "do": "try"})

    text = answer.content.decode()
    assert answer.status_code == 200
    result = answer.context["result"]
    assert (result.sale_count, result.total.old, result.total.new, result.total.difference) == (
        3,
        "$0.210000",
        "$0.150000",
        "-$0.060000",
    )
    assert "Nothing is recorded yet" in text
    assert "None of them would fall below its floor" in text
    assert "The largest differences by item" in text
    assert TariffLine.objects.count() == 1


def test_a_try_needs_no_source(office, sold) -> None:
    said = {**CHEAP, "source": "", "source_day": "", "do": "try"}

    assert office.post(editor(sold), said).status_code == 200
    assert office.post(editor(sold), {**said, "do": "record"}).status_code == 400


def test_sales_that_would_be_too_cheap_are_told(office, sold) -> None:
    answer = office.post(editor(sold), {**CHEAP, "track_minimum": "0.13", "do": "try"})

    assert "3 of them would be below their floor" in answer.content.decode()


def test_another_currency_is_told_with_the_reason(office, sold) -> None:
    answer = office.post(editor(sold), {**CHEAP, "currency": "EUR", "do": "try"})

    text = answer.content.decode()
    assert "3 sales could not be figured" in text
    assert "has amounts in EUR" in text


def test_a_try_costs_few_queries(office, sold, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(22):
        office.post(editor(sold), {**CHEAP, "do": "try"})


def test_published_rates_are_shown_with_their_source_and_recorded_once_checked(
    office, tariff: Tariff
) -> None:
    address = reverse("office-tariff-known", args=[tariff.pk])
    assert address in office.get(reverse("office-tariff", args=[tariff.pk])).content.decode()

    page = office.get(address).content.decode()
    assert "clients.sacem.fr, undated copy" in page
    assert "87 FR 76942" in page
    assert "Check before relying on it" in page
    assert not TariffLine.objects.exists()

    assert office.post(address, {"known": "SACEM unit downloads"}).status_code == 400
    assert office.post(address, {"known": "GEMA", "is_checked": "on"}).status_code == 400
    assert not TariffLine.objects.exists()

    said = {"known": "SACEM unit downloads", "is_checked": "on"}
    for _ in range(2):
        assert office.post(address, said).status_code == 302
    line = TariffLine.objects.get()
    assert (line.rule.percent, line.rule.track_minimum_micro) == (Fraction(9, 100), 70_000)
