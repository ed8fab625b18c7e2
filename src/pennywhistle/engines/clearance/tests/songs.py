"""A song under a society's license, by who claims which part of it."""

from dataclasses import replace
from fractions import Fraction

from pennywhistle.engines.clearance import (
    Item,
    Register,
)
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    CO_WRITER,
    GRANT,
    SOCIETY,
    WRITER,
    a_license,
    a_mandate,
    a_recording,
    a_single,
    a_work,
    sole,
)
from pennywhistle.kernel.purse import Purse, PurseKind

FIFTEEN = Tariff(1, "Fifteen", percent=Fraction(15, 100))
IN_FULL = a_license(1, SOCIETY, FIFTEEN)
BY_LAW = replace(IN_FULL, unidentified_by="the law of the land")
FOR_BOTH = [a_mandate(1, WRITER, SOCIETY), a_mandate(2, CO_WRITER, SOCIETY)]
GRANT_ALONE = replace(GRANT, payees=sole(1))


def a_song(*claims: tuple[int, Fraction | str | int], register: Register) -> Item:
    """A track of one work with these claims on both of its rights."""
    work = a_work(1, *[(party_id, Fraction(part)) for party_id, part in claims])
    return a_single(GRANT_ALONE, recording=a_recording(1, work), register=register)


def held(code: str) -> Purse:
    """Where contested money is kept."""
    return Purse(PurseKind.HELD, code=code)


def unclaimed(code: str) -> Purse:
    """Where money is kept that nobody claimed."""
    return Purse(PurseKind.UNCLAIMED, code=code)
