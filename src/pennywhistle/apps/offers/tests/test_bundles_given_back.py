"""What was sold for a bundle's price goes back together, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from builders import NOON, a_buyer, a_shelf, a_store, a_user, usd
from offering_shop import a_bundle, purchase
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders.actions.downloads import begin_downloads
from pennywhistle.apps.orders.actions.refunds import RefundAsked, RefundRefusedError, refund_sale
from pennywhistle.apps.orders.models import Entitlement, OrderLine, Refund
from pennywhistle.apps.orders.returns import Against, returns_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def sold():
    """Somebody who bought two releases as a bundle, and a third one besides: its lines."""
    a_store()
    one = a_shelf("One", label_of="Tin", album_price="0.30")
    two = a_shelf("Two", label_of="Tin", album_price="0.60")
    other = a_shelf("Other", album_price="0.20")
    a_bundle(one, two, price="0.60")
    buyer = a_buyer()
    purchase(buyer, [one.album, two.album, other.album], "0.80")
    lines = {each.release.title: each for each in OrderLine.objects.select_related("release")}
    return buyer, lines


def give_back(user, line, why=Refund.Why.BUYER, reason=""):
    return refund_sale(asked=RefundAsked(line.pk, user.pk, why, reason), now=LATER)


def test_nobody_keeps_one_release_at_the_price_of_a_bundle(sold) -> None:
    buyer, lines = sold
    found = returns_of([lines["One"], lines["Other"]], now=LATER)
    assert [each.pk for each in found[lines["One"].pk].together] == [lines["Two"].pk]
    assert found[lines["Other"].pk].together == ()

    refund = give_back(buyer, lines["One"])

    assert refund.line_id == lines["One"].pk
    assert balance_of(user=buyer, currency="USD") == usd("9.80")
    left = Entitlement.objects.standing(buyer_id=buyer.pk)
    assert [each.line_id for each in left] == [lines["Other"].pk]
    assert give_back(buyer, lines["Two"]).line_id == lines["Two"].pk
    give_back(buyer, lines["Other"])
    assert balance_of(user=buyer, currency="USD") == usd("10.00")


def test_what_was_fetched_of_a_bundle_keeps_all_of_it(sold) -> None:
    buyer, lines = sold
    track = lines["One"].release.tracks.first()
    begin_downloads(user_id=buyer.pk, track_ids=[track.pk], now=NOON)

    found = returns_of([lines["One"], lines["Two"]], now=LATER)
    assert found[lines["One"].pk].against is Against.DOWNLOADS
    assert found[lines["Two"].pk].against is Against.BUNDLE
    for title in ("One", "Two"):
        with pytest.raises(RefundRefusedError):
            give_back(buyer, lines[title])
    assert not Refund.objects.exists()


def test_an_operator_takes_back_one_of_them_and_the_rest_still_goes_back(sold) -> None:
    buyer, lines = sold
    operator = a_user("office@example.org")
    give_back(operator, lines["One"], Refund.Why.OPERATOR, "A bad master.")
    assert Refund.objects.count() == 1

    give_back(buyer, lines["Two"])

    assert balance_of(user=buyer, currency="USD") == usd("9.80")


def test_the_page_names_what_goes_back_with_it_and_for_how_much(sold) -> None:
    buyer, lines = sold
    client = Client()
    client.force_login(buyer)

    page = client.get(f"/refund/{lines['One'].pk}").content.decode()

    assert "goes back with the rest of it: Two." in page
    assert "$0.60" in page
    assert "$0.20" not in page
