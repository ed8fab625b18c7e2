"""Who gets what: every part of a price (step 8 of clearance)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.fees import LicenseFee, Sold
    from pennywhistle.engines.clearance.waterfall import Waterfall

LICENSE_FEE = "LicenseFee"

_STORE = Purse(PurseKind.STORE)
_FIRST = {PurseKind.STORE: 0, PurseKind.TAX: 1}


@dataclass(frozen=True, slots=True)
class Part:
    """What one purse gets: an exact part of price and subsidy together, whose name, and why."""

    purse: Purse
    name: str
    role: str
    share: Fraction


# A part on its way: purse, name, role, and numerator and denominator of its micro-units.
_Portion = tuple[Purse, str, str, int, int]


def parts_of(
    case: Case,
    sold: Sequence[Sold],
    fees: Sequence[LicenseFee],
    flow: Waterfall,
    subsidy_micro: int,
) -> tuple[Part, ...]:
    """Every purse's exact part of price and subsidy together; the parts sum to one."""
    below = flow.denominator
    tax = Purse(PurseKind.TAX, code=case.question.territory)
    pool = flow.pool_numerator + subsidy_micro * below
    gathered: dict[Purse, list[_Portion]] = {}
    for portion in (
        (_STORE, "", "", flow.store_numerator, below),
        (tax, "", "", flow.tax_numerator, below),
        *_of_fees(case, fees, flow),
        *_of_pool(case, sold, pool, below),
    ):
        if portion[3]:
            gathered.setdefault(portion[0], []).append(portion)
    total_micro = flow.price_micro + subsidy_micro
    parts = [_part(portions, total_micro) for portions in gathered.values()]
    return tuple(sorted(parts, key=_place))


def _part(portions: Sequence[_Portion], total_micro: int) -> Part:
    """A purse's portions in one: one name, its roles, its part of the whole."""
    purse, name, role, above, below = portions[0]
    if len(portions) > 1:
        role = ", ".join(dict.fromkeys(portion[2] for portion in portions if portion[2]))
        below = math.lcm(*[portion[4] for portion in portions])
        above = sum([portion[3] * (below // portion[4]) for portion in portions])
    return Part(purse, name, role, Fraction(above, below * total_micro))


def _place(part: Part) -> tuple[int, str, int, str]:
    """The store first, then the tax office, then everybody by purse."""
    purse = part.purse
    return _FIRST.get(purse.kind, len(_FIRST)), purse.kind, purse.party_id, purse.code


def _of_fees(case: Case, fees: Sequence[LicenseFee], flow: Waterfall) -> Iterator[_Portion]:
    """Each fee by the works that it is for: to the licensor, or apart where that is open."""
    for each, numerator in zip(fees, flow.fee_numerators, strict=True):
        licensor_id = each.license.licensor_id
        licensor = Purse(PurseKind.PAYEE, licensor_id)
        name = case.name_of(licensor_id)
        if not each.has_apart:
            yield licensor, name, LICENSE_FEE, numerator, flow.denominator
            continue
        weights, whole = each.weights()
        below, paid = flow.denominator * whole, whole
        for (piece, _), weight in zip(each.slices, weights, strict=True):
            if piece.apart:
                paid -= weight
                kind = PurseKind.HELD if piece.apart == "claims" else PurseKind.UNCLAIMED
                purse = Purse(kind, code=case.apart(piece.apart, piece.subject))
                yield purse, "", LICENSE_FEE, numerator * weight, below
        yield licensor, name, LICENSE_FEE, numerator * paid, below


def _of_pool(case: Case, sold: Sequence[Sold], pool: int, below: int) -> Iterator[_Portion]:
    """What is left, over the tracks by their prices, and a track's over its payees by shares."""
    for each in sold:
        mine, under = pool * each.weight.numerator, below * each.weight.denominator
        if each.is_transfer:
            code = case.apart("transfer", each.track.recording.ref)
            yield Purse(PurseKind.HELD, code=code), "", "", mine, under
            continue
        for payee in each.grant.payees:
            purse = Purse(PurseKind.PAYEE, payee.party_id)
            share = payee.share
            above, divisor = mine * share.numerator, under * share.denominator
            yield purse, payee.name, payee.role, above, divisor
