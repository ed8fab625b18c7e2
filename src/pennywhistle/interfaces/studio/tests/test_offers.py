"""Suppliers set open prices, tiers, sales, campaigns and bundles, each of their own releases."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from builders import a_shelf, usd
from pennywhistle.apps.offers.models import Bundle, Campaign, Code
from pennywhistle.apps.offers.texts import kept_text
from pennywhistle.apps.rights.models import Grant, RateCardLine

TODAY = datetime.now(tz=UTC).date()
NEXT_WEEK = (TODAY + timedelta(days=7)).isoformat()
YESTERDAY = (TODAY - timedelta(days=1)).isoformat()


def supplier_id(supplier) -> int:
    return supplier.shelf.release.supplier_id


def split(supplier, **said):
    """The form of terms with everything to the first payee."""
    payee = supplier.shelf.payees[0]
    return {
        "included": "",
        "excluded": "",
        "first_day": "",
        "last_day": "",
        "same_for_tracks": "on",
        "split-TOTAL_FORMS": "1",
        "split-INITIAL_FORMS": "1",
        "split-0-payee": payee.name,
        "split-0-role": "MainArtist",
        "split-0-percent": "100",
        "split-0-party": payee.public_id,
        **said,
    }


def terms_url(supplier) -> str:
    return reverse("studio-release-terms", args=[supplier.shelf.release.public_id])


def standing(supplier, **filters):
    return Grant.objects.open().filter(release=supplier.shelf.release, **filters)


def test_a_price_that_buyers_name_is_set_and_kept(ada) -> None:
    said = split(
        ada,
        album_price="1.00",
        album_is_open="on",
        album_suggested="3.00",
        track_price="0.20",
    )

    answer = ada.client.post(terms_url(ada), said)
    page = ada.client.get(terms_url(ada)).content.decode()

    assert answer.status_code == 302
    album = standing(ada, track__isnull=True).get()
    assert (album.price_micro, album.is_minimum, album.suggested_micro) == (
        1_000_000,
        True,
        3_000_000,
    )
    assert not standing(ada, track__isnull=False, is_minimum=True).exists()
    box = re.search(r'<input[^>]*name="album_is_open"[^>]*>', page)
    assert box is not None
    assert "checked" in box[0]
    assert 'value="3.00"' in page


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"album_price": "1.00", "album_suggested": "2.00"}, "album_suggested"),
        (
            {"album_price": "1.00", "album_is_open": "on", "album_suggested": "0.50"},
            "album_suggested",
        ),
        ({"album_is_open": "on"}, "album_is_open"),
    ],
)
def test_what_contradicts_itself_is_marked_and_not_saved(ada, said, field) -> None:
    before = set(standing(ada).values_list("id", flat=True))

    answer = ada.client.post(terms_url(ada), split(ada, track_price="0.20", **said))

    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert set(standing(ada).values_list("id", flat=True)) == before


def test_a_price_by_size_follows_each_track_s_length(ada) -> None:
    first, *_ = ada.shelf.tracks
    first.recording.duration_ms = 245_000
    first.recording.save()

    answer = ada.client.post(terms_url(ada), split(ada, rate="0.02"))
    twice = ada.client.post(terms_url(ada), split(ada, rate="0.02", track_price="0.20"))

    prices = dict(standing(ada).values_list("track", "price_micro"))
    assert (answer.status_code, twice.status_code) == (302, 400)
    # 245 s are 9.8 MB, the others 2.4 MB each; up to the next cent.
    assert prices[first.pk] == 200_000
    assert {prices[track.pk] for track in ada.shelf.tracks[1:]} == {50_000}
    assert prices[None] == 300_000


@pytest.mark.parametrize("rate", ["0", "-1", "x", "0.0000001", "99999"])
def test_a_price_by_size_that_is_none_is_not_saved(ada, rate: str) -> None:
    before = set(standing(ada).values_list("id", flat=True))

    assert ada.client.post(terms_url(ada), split(ada, rate=rate)).status_code == 400
    assert set(standing(ada).values_list("id", flat=True)) == before


def test_a_tier_is_named_chosen_and_changed_for_all(ada) -> None:
    new = reverse("studio-tier-new")
    ada.client.post(new, {"supplier": supplier_id(ada), "name": "Full album", "price": "5.00"})

    chosen = ada.client.post(
        terms_url(ada), split(ada, album_tier="Full album", track_price="0.20")
    )
    twice = ada.client.post(
        terms_url(ada), split(ada, album_tier="Full album", album_price="1.00", track_price="0.20")
    )
    ada.client.post(new, {"supplier": supplier_id(ada), "name": "Full album", "price": "6.00"})

    assert (chosen.status_code, twice.status_code) == (302, 400)
    assert standing(ada, track__isnull=True).get().price_code == "Full album"
    assert [each.price_micro for each in RateCardLine.objects.open()] == [6_000_000]
    assert "$6.00" in ada.client.get(reverse("studio-offers")).content.decode()


def test_a_sale_is_set_shown_and_ended(ada) -> None:
    public_id = ada.shelf.release.public_id
    sale = reverse("studio-sale", args=[public_id])

    answer = ada.client.post(sale, {"part": "20", "last_day": NEXT_WEEK})
    page = ada.client.get(reverse("studio-release", args=[public_id])).content.decode()
    terms = ada.client.get(terms_url(ada)).content.decode()
    ended = ada.client.post(reverse("studio-sale-end", args=[public_id]))

    assert answer.status_code == 302
    assert "$0.28, in a sale" in page
    assert "Saving new terms ends it" in terms
    assert ended.status_code == 302
    assert not standing(ada, is_sale=True).exists()


@pytest.mark.parametrize(
    "said",
    [
        {"part": "20"},
        {"part": "0", "last_day": NEXT_WEEK},
        {"part": "120", "last_day": NEXT_WEEK},
        {"part": "20", "last_day": YESTERDAY},
        {"part": "twenty", "last_day": NEXT_WEEK},
        {"part": "20", "first_day": NEXT_WEEK, "last_day": TODAY.isoformat()},
    ],
)
def test_a_sale_that_is_none_is_not_set(ada, said) -> None:
    answer = ada.client.post(reverse("studio-sale", args=[ada.shelf.release.public_id]), said)

    assert answer.status_code == 400
    assert not standing(ada, is_sale=True).exists()


def begin(whose, **said):
    wanted = {"supplier": supplier_id(whose), "title": "Spring", "part": "20", **said}
    return whose.client.post(reverse("studio-campaign-new"), wanted)


def test_a_campaign_gets_codes_hands_them_out_as_a_table_and_ends(ada) -> None:
    begun = begin(ada, releases=[ada.shelf.release.pk])
    campaign = Campaign.objects.get()
    args = [campaign.public_id]
    ada.client.post(reverse("studio-campaign-single", args=args), {"count": "3"})
    ada.client.post(reverse("studio-campaign-shared", args=args), {"text": "spring 26", "uses": ""})

    page = ada.client.get(begun["Location"]).content.decode()
    table = ada.client.get(reverse("studio-campaign-csv", args=args))
    ada.client.post(reverse("studio-campaign-end", args=args))

    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert {kept_text(row["code"]) for row in rows} == set(
        Code.objects.values_list("text", flat=True)
    )
    assert [row["uses_max"] for row in rows] == ["1", "1", "1", ""]
    assert "SPRING26" in page
    assert ada.shelf.release.title in page
    campaign.refresh_from_db()
    assert campaign.closed_at is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("single", {"count": "0"}),
        ("single", {"count": "1001"}),
        ("single", {"count": "x"}),
        ("shared", {"text": "abc"}),
        ("shared", {"text": "Ä" * 8}),
        ("shared", {"text": "GOOD", "uses": "0"}),
        ("shared", {"text": "GOOD", "uses": "-1"}),
    ],
)
def test_codes_that_are_none_are_not_made(ada, name: str, said) -> None:
    begin(ada)
    campaign = Campaign.objects.get()

    answer = ada.client.post(reverse(f"studio-campaign-{name}", args=[campaign.public_id]), said)

    assert answer.status_code == 400
    assert not Code.objects.exists()


@pytest.mark.parametrize(
    "said", [{"part": "0"}, {"part": "101"}, {"title": ""}, {"last_day": YESTERDAY}]
)
def test_a_campaign_that_is_none_is_not_begun(ada, said) -> None:
    assert begin(ada, **said).status_code == 400
    assert not Campaign.objects.exists()


def test_a_bundle_of_ticked_releases_or_of_a_label(ada) -> None:
    second = a_shelf("Second", label_of="Tin Weather")
    new = reverse("studio-bundle-new")
    mine = [ada.shelf.release.pk, second.release.pk]
    common = {"supplier": supplier_id(ada), "title": "All of it"}

    listed = ada.client.post(new, common | {"releases": mine, "price": "0.60"})
    grows = ada.client.post(new, common | {"party": ada.shelf.release.label_id, "part": "20"})
    page = ada.client.get(listed["Location"]).content.decode()

    assert (listed.status_code, grows.status_code) == (302, 302)
    kinds = Bundle.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == [Bundle.Kind.LIST, Bundle.Kind.LABEL]
    assert "$0.60" in page
    bundle = Bundle.objects.first()
    ada.client.post(reverse("studio-bundle-end", args=[bundle.public_id]))
    bundle.refresh_from_db()
    assert bundle.closed_at is not None


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"price": "0.60"},
        {"price": "0.60", "part": "20", "releases": "all"},
        {"price": "0", "releases": "all"},
        {"part": "100", "releases": "all"},
        {"part": "20", "releases": "all", "party": "label"},
        {"price": "1.00", "party": "label"},
    ],
)
def test_a_bundle_that_is_none_is_not_made(ada, said) -> None:
    second = a_shelf("Second", label_of="Tin Weather")
    said = {"supplier": supplier_id(ada), "title": "All of it", **said}
    if said.get("releases"):
        said["releases"] = [ada.shelf.release.pk, second.release.pk]
    if said.get("party"):
        said["party"] = ada.shelf.release.label_id

    answer = ada.client.post(reverse("studio-bundle-new"), said)

    assert answer.status_code == 400
    assert not Bundle.objects.exists()


def test_nobody_offers_or_ends_what_is_another_s(ada, bob) -> None:
    begin(bob)
    campaign = Campaign.objects.get()
    of_bob = bob.shelf.release

    foreign = begin(ada, releases=[of_bob.pk])
    as_bob = begin(ada, supplier=supplier_id(bob))
    sale = ada.client.post(
        reverse("studio-sale", args=[of_bob.public_id]), {"part": "20", "last_day": NEXT_WEEK}
    )

    assert (foreign.status_code, as_bob.status_code, sale.status_code) == (400, 400, 404)
    for name in ("", "-single", "-shared", "-end", "-csv"):
        address = reverse(f"studio-campaign{name}", args=[campaign.public_id])
        assert ada.client.get(address).status_code in {404, 405}
        assert ada.client.post(address, {"count": "3"}).status_code in {404, 405}
    assert Campaign.objects.count() == 1
    assert not Code.objects.exists()
    assert usd("0.35").micro == standing(bob, track__isnull=True).get().price_micro
