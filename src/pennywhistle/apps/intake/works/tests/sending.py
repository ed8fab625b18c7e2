"""Senders, societies and files that tell of works, for tests."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO

from builders import NOON
from pennywhistle.apps.intake.actions import import_works
from pennywhistle.apps.parties.actions import ensure_party, identify_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Mandate, OwnershipShare
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.engines.works.tests.cwr_files import GOOD_WORK, CwrFile, work
from societies import a_society

ADA, TIN_ROOF = "00014107338", "00000000199"
FIVE_PERCENT = Tariff(id=0, name="Downloads", percent=Fraction(1, 20))


def a_publisher(name: str = "Tin Roof Songs") -> Party:
    """A sender that is on record by its IPI number."""
    party = ensure_party(name=name, kind=Party.Kind.ORGANIZATION)
    identify_party(party_id=party.pk, scheme="ipi-name", text=TIN_ROOF)
    return party


def societies(*numbers: str) -> list[Party]:
    """Societies with CISAC's numbers, which license this store for 5 % of what is paid."""
    found = []
    for number in numbers or ("035", "044", "052"):
        found.append(a_society(f"Society {number}", tariff=FIVE_PERCENT))
        identify_party(party_id=found[-1].pk, scheme="cisac", text=number)
    return found


def cwr(*works, kind: str = "NWR") -> bytes:
    """A file with these works, or with one that nothing is wrong with."""
    return CwrFile().group(*(works or [GOOD_WORK]), kind=kind).data()


def good_work(**changes) -> tuple:
    """Rain on the Roof under another title or number."""
    return (work(**changes), *GOOD_WORK[1:])


def send(submitter: Party, data: bytes, **options):
    """Check a file and record it at once."""
    told = {"now": NOON} | options
    return import_works(data=BytesIO(data), submitter_id=submitter.pk, **told)


def shares(**of) -> dict[tuple[str, str, str], Fraction]:
    """What the register says now: parts by party, right and role."""
    rows = OwnershipShare.objects.open().filter(**of).select_related("party")
    return {(row.party.name, row.right, row.role): row.part for row in rows}


def mandates() -> set[tuple[str, str, tuple[str, ...], str]]:
    """Who lets whom license which rights where."""
    rows = Mandate.objects.open().select_related("from_party", "to_party", "territories")
    return {
        (row.from_party.name, row.to_party.name, tuple(row.rights), row.territories.text)
        for row in rows
    }
