"""An operator's list of societies comes a page at a time."""

from __future__ import annotations

import pytest

from builders import NOON
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.societies import overview
from pennywhistle.apps.societies.actions import set_up_society
from pennywhistle.apps.societies.overview import all_societies
from pennywhistle.apps.societies.tests.society_shop import TENTH


@pytest.mark.django_db
def test_all_are_listed_once_and_only_those_of_the_page_are_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"Society {number}" for number in range(5)]
    for name in names:
        set_up_society(party_id=ensure_party(name=name).pk, terms=TENTH)
    monkeypatch.setattr(overview, "societies_per_page", 2)
    planned = []
    monkeypatch.setattr(
        overview, "row_of", lambda society, now: planned.append((society.party.name, now))
    )

    pages = [all_societies(now=NOON, page=number) for number in (1, 2, 3)]

    assert [page.has_more for page in pages] == [True, True, False]
    assert [len(page.rows) for page in pages] == [2, 2, 1]
    assert [name for name, _ in planned] == names
