"""Where more than the whole is claimed: cut by territory and time, summed by party."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_shelf, a_store
from pennywhistle.apps.claims.areas import contested_areas
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import most_claimed
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.actions import Claim, Subject, close_share, record_shares
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.engines.clearance import Right
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
RIGHT = Right.MECHANICAL
JUNE = NOON - timedelta(days=150)


def claimed(*claims: tuple[str, str, str, Period]) -> list[OwnershipShare]:
    """Claims on one work: who, which part, where, when; in two roles if somebody comes twice."""
    a_store()
    work = a_shelf(track_count=1).tracks[0].recording.works.get()
    for share in OwnershipShare.objects.open().filter(work=work):
        close_share(share_id=share.pk, now=NOON)
    seen: set[str] = set()
    recorded = []
    for name, part, where, valid in claims:
        recorded.append(
            Claim(
                party_id=ensure_party(name=name).pk,
                right=RIGHT,
                role="Lyricist" if name in seen else "Composer",
                part=Fraction(part),
                territories=Territories.parse(where.split()),
                valid=valid,
            )
        )
        seen.add(name)
    record_shares(subject=Subject(work_id=work.pk), claims=recorded, now=NOON)
    shares = OwnershipShare.objects.open().filter(work=work).order_by("id")
    return list(shares.select_related("party", "territories"))


ALWAYS = Period.always()


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        # Nothing is too much.
        ([("A", "1/2", "FR", ALWAYS), ("B", "1/2", "FR", ALWAYS)], []),
        # T12: each is paid what nobody else claims.
        (
            [("A", "3/5", "FR DE", ALWAYS), ("B", "3/5", "FR", ALWAYS)],
            [("FR", ALWAYS, {"A": ("3/5", "2/5"), "B": ("3/5", "2/5")}, "1/5")],
        ),
        (
            [("A", "1", "FR", ALWAYS), ("B", "1", "FR", ALWAYS)],
            [("FR", ALWAYS, {"A": ("1", "0"), "B": ("1", "0")}, "1")],
        ),
        # Two roles of one party are one claim.
        (
            [("A", "1/4", "FR", ALWAYS), ("A", "1/4", "FR", ALWAYS), ("B", "3/4", "FR", ALWAYS)],
            [("FR", ALWAYS, {"A": ("1/2", "1/4"), "B": ("3/4", "1/2")}, "1/4")],
        ),
        # Only while both hold; another share's end elsewhere does not cut that time.
        (
            [
                ("A", "1", "FR", Period(None, NOON)),
                ("B", "1", "FR", Period(JUNE, None)),
                ("C", "1", "DE", Period(None, NOON - timedelta(days=9))),
            ],
            [("FR", Period(JUNE, NOON), {"A": ("1", "0"), "B": ("1", "0")}, "1")],
        ),
    ],
)
def test_areas_are_cut_where_the_claims_change(claims, expected) -> None:
    shares = claimed(*claims)
    found = contested_areas(shares)

    about = Dispute(work_id=shares[0].work_id, right=RIGHT)
    in_all = [area.total for area in found] or [sum(share.part for share in shares)]
    assert max(in_all) == most_claimed(about)  # as the database counts
    assert [
        (
            area.territories,
            area.valid,
            {each.party.name: (each.claimed, each.uncontested) for each in area.claimants},
            area.held,
        )
        for area in found
    ] == [
        (
            Territories.of(*where.split()),
            valid,
            {name: (Fraction(part), Fraction(sure)) for name, (part, sure) in each.items()},
            Fraction(held),
        )
        for where, valid, each, held in expected
    ]


def test_the_largest_area_comes_first_and_says_how_much_is_claimed() -> None:
    areas = contested_areas(
        claimed(
            ("A", "1", "FR DE IT", ALWAYS), ("B", "1/2", "FR", ALWAYS), ("C", "1", "DE IT", ALWAYS)
        )
    )

    assert [(area.territories.codes, area.total) for area in areas] == [
        (("DE", "IT"), Fraction(2)),
        (("FR",), Fraction(3, 2)),
    ]
