"""The store's own campaigns, and its bonuses for top-ups."""

from __future__ import annotations

import pytest
from django.urls import reverse

from builders import a_shelf, usd
from offering_shop import a_campaign
from pennywhistle.apps.offers.models import Campaign, Code
from pennywhistle.apps.payments.bonus import bonus_for
from pennywhistle.apps.payments.models import BonusStep


def test_a_campaign_of_the_store_gets_codes_and_ends(office) -> None:
    shelf = a_shelf()
    said = {
        "title": "Anniversary",
        "part": "10",
        "of_one": "5",
        "of_all": "500",
        "releases": shelf.release.public_id,
    }

    begun = office.post(reverse("office-campaign-new"), said)
    campaign = Campaign.objects.get()
    args = [campaign.public_id]
    office.post(reverse("office-campaign-single", args=args), {"count": "2"})
    office.post(reverse("office-campaign-shared", args=args), {"text": "TENYEARS", "uses": "9"})
    page = office.get(reverse("office-campaign", args=args)).content.decode()
    table = office.get(reverse("office-campaign-csv", args=args)).content.decode()
    office.post(reverse("office-campaign-end", args=args))

    assert begun.status_code == 302
    assert campaign.supplier_id is None
    assert (campaign.is_listed, campaign.listed.get().release) == (True, shelf.release)
    assert "TENYEARS" in page
    assert "at most $5.00 of a purchase, $500.00 altogether" in page
    assert len(table.splitlines()) == 4
    assert "Anniversary" in office.get(reverse("office-offers")).content.decode()
    campaign.refresh_from_db()
    assert campaign.closed_at is not None


@pytest.mark.parametrize(
    "said",
    [
        *({"part": "0"}, {"part": "101"}, {"title": ""}, {"releases": "zzzzzzzzzzzz"}),
        *({"of_one": ""}, {"of_all": ""}, {"of_one": "501"}),
    ],
)
def test_a_campaign_that_is_none_is_not_begun(office, said) -> None:
    wanted = {"title": "Anniversary", "part": "10", "of_one": "5", "of_all": "500", **said}

    assert office.post(reverse("office-campaign-new"), wanted).status_code == 400
    assert not Campaign.objects.exists()


def test_a_supplier_s_campaign_is_not_the_office_s(office) -> None:
    campaign = a_campaign(a_shelf())

    for name in ("", "-csv"):
        assert (
            office.get(reverse(f"office-campaign{name}", args=[campaign.public_id])).status_code
            == 404
        )
    answer = office.post(
        reverse("office-campaign-single", args=[campaign.public_id]), {"count": "2"}
    )
    assert answer.status_code == 404
    assert not Code.objects.exists()


def test_a_bonus_is_promised_shown_before_paying_and_ended(office, buyer) -> None:
    new = reverse("office-bonus-new")

    answer = office.post(new, {"least": "50", "part": "5"})
    shown = buyer.get(reverse("top-up")).content.decode()
    promised = bonus_for(usd("60"))
    office.post(new, {"least": "50", "part": "0"})

    assert answer.status_code == 302
    assert "the store adds 5 %." in shown
    assert promised == usd("3.00")
    assert bonus_for(usd("60")) == usd("0")


@pytest.mark.parametrize(
    "said",
    [{"least": "0", "part": "5"}, {"least": "9999", "part": "5"}, {"least": "50", "part": "101"}],
)
def test_a_bonus_that_is_none_is_not_promised(office, said) -> None:
    assert office.post(reverse("office-bonus-new"), said).status_code == 400
    assert not BonusStep.objects.exists()
