"""A society's repertoire is what its mandates reach: by right, territory and list."""

from __future__ import annotations

from fractions import Fraction

import pytest

from builders import NOON, a_shelf, a_store
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    Claim,
    MandateTerms,
    Subject,
    add_to_repertoire,
    close_share,
    record_mandate,
    record_repertoire,
    record_shares,
)
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.apps.societies.actions import set_up_society
from pennywhistle.apps.societies.overview import row_of
from pennywhistle.apps.societies.queries import repertoire_of
from pennywhistle.apps.societies.tests.society_shop import LATER, TENTH
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import a_society, written_by

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rights", "territories", "listed", "works"),
    [
        (WORK_RIGHTS, ("FR",), (1, 2), [1, 2]),
        (WORK_RIGHTS, ("FR",), (1,), [1]),
        (WORK_RIGHTS, ("FR",), (), []),
        (("MECH",), ("FR", "DE"), None, [1, 2]),
        (("MASTER",), ("FR",), None, []),
        (WORK_RIGHTS, ("DE",), None, []),
    ],
)
def test_the_repertoire_is_what_mandates_reach(
    rights: tuple[str, ...],
    territories: tuple[str, ...],
    listed: tuple[int, ...] | None,
    works: list[int],
) -> None:
    a_store()
    shelf, society = a_shelf(), a_society()
    numbers = {}
    for track in (1, 2):
        ada = written_by(shelf, {"Ada": Fraction(1)}, track=track)["Ada"]
        numbers[shelf.tracks[track - 1].recording.works.get().pk] = track
    only_in_france(ada)
    repertoire_id = None
    if listed is not None:
        repertoire_id = record_repertoire(owner_id=ada.pk, name="Some", now=NOON).pk
        subjects = [Subject(work_id=each) for each, track in numbers.items() if track in listed]
        add_to_repertoire(repertoire_id=repertoire_id, subjects=subjects, now=NOON)
    terms = MandateTerms(
        from_party_id=ada.pk,
        to_party_id=society.pk,
        rights=tuple(map(str, rights)),
        territories=Territories.of(*territories),
        valid=Period.always(),
        repertoire_id=repertoire_id,
    )
    record_mandate(terms=terms, now=NOON)

    found, _ = repertoire_of(society_id=society.pk, now=LATER)

    assert [numbers[each.work.pk] for each in found] == works
    row = row_of(set_up_society(party_id=society.pk, terms=TENTH), now=LATER)
    assert row.works == len(works)


def only_in_france(party: Party) -> None:
    for share in OwnershipShare.objects.open().filter(party=party):
        close_share(share_id=share.pk, now=NOON)
        claim = Claim(
            party.pk, share.right, share.role, share.part, Territories.of("FR"), Period.always()
        )
        record_shares(subject=Subject(work_id=share.work_id), claims=[claim], now=NOON)
