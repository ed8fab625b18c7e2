"""What names a place is kept in the order in which it was said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import NOON, a_user
from pennywhistle.apps.taxes.models import PlaceClue
from pennywhistle.apps.taxes.places import clues_of, note_clue
from pennywhistle.engines.tax import Clue, ClueKind


@pytest.mark.django_db
def test_a_place_that_is_said_again_on_the_same_day_is_the_newest_again() -> None:
    user = a_user(country="DE")
    for minute, country in enumerate(("DE", "FR", "DE", "DE")):
        at = NOON + timedelta(minutes=minute)
        note_clue(user_id=user.pk, kind=ClueKind.PAYMENT, country=country, source="a", now=at)

    # Said twice in a row it is kept once.
    assert list(PlaceClue.objects.order_by("id").values_list("country", flat=True)) == [
        "DE",
        "FR",
        "DE",
    ]
    (found,) = clues_of([(user.pk, "DE", NOON + timedelta(hours=1))])
    assert found[1:] == (Clue(ClueKind.PAYMENT, "DE"),)


@pytest.mark.django_db
def test_a_network_that_stays_the_same_is_kept_each_day() -> None:
    user = a_user(country="DE")
    for days in (0, 2):
        at = NOON + timedelta(days=days)
        note_clue(user_id=user.pk, kind=ClueKind.NETWORK, country="FR", source="a", now=at)

    (found,) = clues_of([(user.pk, "DE", NOON + timedelta(days=2, hours=1))])
    assert found[1:] == (Clue(ClueKind.NETWORK, "FR"),)
