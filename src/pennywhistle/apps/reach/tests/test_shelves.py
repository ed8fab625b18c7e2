"""Lists go on by key, and look at a bounded number of releases in places where little is sold."""

from datetime import date

import pytest

from builders import NOON, a_shelf, a_store, keep
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.reach import shelves
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db


def test_a_place_where_little_is_sold_is_looked_through_bit_by_bit(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries
) -> None:
    a_store()
    for number in range(5):
        where = Territories.of("DE") if number == 0 else Territories.of("US")
        made = a_shelf(f"Record {number}", track_count=1, territories=where)
        Release.objects.filter(id=made.release.pk).update(released_on=date(2026, 11, 1 + number))
    keep()
    monkeypatch.setattr(shelves, "LOOKED_AT_MAX", 2)

    found, place, steps = [], None, 0
    while steps == 0 or place is not None:
        with django_assert_max_num_queries(4):
            stretch = shelves.newest(
                shelves.on_shelves(at=NOON), after=place, count=1, sold_in="DE"
            )
        found += [each.title for each in stretch.releases]
        place, steps = stretch.next, steps + 1

    assert found == ["Record 0"]
    assert steps == 3
