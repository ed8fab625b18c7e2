"""Terms that came by a release message: shown as they are, and replaced only on purpose."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from builders import NOON, usd
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.intake.telling.tests.told import a_message
from pennywhistle.apps.rights.actions import GrantTerms, record_all_grants
from pennywhistle.apps.rights.models import Grant
from pennywhistle.interfaces.studio.tests.test_terms import post_release, terms
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
FROM_MAY = Period(datetime(2026, 5, 1, tzinfo=UTC), None)


def granted(*codes: str, **more) -> GrantTerms:
    return GrantTerms(
        territories=Territories.of(*codes),
        valid=FROM_MAY,
        currency="USD",
        price=more.pop("price", None),
        wholesale=more.pop("wholesale", Money.zero("USD")),
        **more,
    )


@pytest.fixture
def message(ada) -> Message:
    """The message in force: by code in one place, at the floor in another, and a pre-order."""
    release = ada.shelf.release
    record_all_grants(
        licensor_id=release.supplier_id,
        release_id=release.pk,
        terms={
            None: [
                granted("DE", price_code="MID", is_local=True),
                granted("FR", is_at_floor=True, wholesale=usd("0.50")),
                granted("JP", price=usd("0.77"), is_pre_order=True),
            ]
        },
        now=NOON,
    )
    return a_message(release.supplier, release=release)


@pytest.mark.parametrize("name", ["studio-release", "studio-release-terms"])
def test_all_grants_of_an_item_are_shown_with_their_message(ada, message, name) -> None:
    answer = ada.client.get(reverse(name, args=[ada.shelf.release.public_id]))

    shown = {
        (each.price, each.territories, "local time" in each.period)
        for each in answer.context["standing"]
        if each.item == ada.shelf.release.title
    }
    assert shown == {
        ("price code MID", "DE", True),
        ("the least that pays everybody", "FR", False),
        ("$0.77 (pre-order)", "JP", False),
    }
    text = answer.content.decode()
    assert reverse("studio-message", args=[message.public_id]) in text
    assert "the next one replaces them" in text


def test_the_form_replaces_terms_of_a_message_only_if_that_is_meant(ada, message) -> None:
    from_message = set(Grant.objects.open().filter(track=None))

    silently = post_release(ada, terms(same_for_tracks="", included="DE"))
    before = set(Grant.objects.open().filter(track=None))
    on_purpose = post_release(ada, terms(same_for_tracks="", included="DE", replaces_message="on"))

    assert (silently.status_code, on_purpose.status_code) == (400, 302)
    assert before == from_message
    assert set(Grant.objects.open().filter(track=None)) != from_message


def test_terms_made_in_the_studio_are_changed_without_a_question(ada) -> None:
    answer = ada.client.get(reverse("studio-release-terms", args=[ada.shelf.release.public_id]))

    assert "replaces_message" not in answer.context["form"].fields
    assert "release message" not in answer.content.decode()
