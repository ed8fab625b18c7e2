"""Who gets what: the fees of the licenses in a sale, and every part of its price.

Steps 7 and 8 of clearance (docs/algorithms/clearance.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.reasons import refuse
from pennywhistle.engines.clearance.tariff import Fee, Piece, Tariff, fee_on
from pennywhistle.engines.clearance.tariff_check import TariffInvalidError, check_tariff
from pennywhistle.engines.clearance.verdict import Part
from pennywhistle.kernel.purse import Purse, PurseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.facts import Grant, License, Track
    from pennywhistle.engines.clearance.waterfall import Waterfall
    from pennywhistle.engines.clearance.works import Slice

LICENSE_FEE = "LicenseFee"

tariffs_kept_max = 1_024

_STORE = Purse(PurseKind.STORE)
_FIRST = {PurseKind.STORE: 0, PurseKind.TAX: 1}


@dataclass(frozen=True, slots=True)
class Sold:
    """A track that is part of the sale, and on which terms; `weight` is its part of the price.

    `is_transfer`: two suppliers hold deals while a catalog changes hands, and whose money it is,
    is open.
    """

    track: Track
    grant: Grant
    is_transfer: bool
    slices: Sequence[Slice]
    weight: Fraction


@dataclass(frozen=True, slots=True)
class LicenseFee:
    """What one license asks for the sale, and for what.

    The fee divides over the slices by their weights, which sum to `whole`; `apart` are those that
    are kept apart, what remains is the licensor's.
    """

    license: License
    fee: Fee
    whole: int
    slices: tuple[tuple[Slice, int], ...]
    apart: tuple[tuple[Slice, int], ...]


def fees_of(case: Case, sold: Sequence[Sold], *, is_album: bool) -> list[LicenseFee]:
    """The fee of each license that the sale needs; refuses a tariff in another currency."""
    # By identity: comparing licenses would cost more than the fee.
    by_license: dict[int, tuple[License, list[list[Slice]]]] = {}
    for place, each in enumerate(sold):
        for piece in each.slices:
            license_ = piece.license
            if license_.tariff is not None:
                known = by_license.get(id(license_))
                if known is None:
                    known = by_license[id(license_)] = license_, [[] for _ in sold]
                known[1][place].append(piece)
    return [
        _license_fee(case, license_, sold, tracks, is_album=is_album)
        for license_, tracks in by_license.values()
    ]


def _license_fee(
    case: Case,
    license_: License,
    sold: Sequence[Sold],
    tracks: Sequence[Sequence[Slice]],
    *,
    is_album: bool,
) -> LicenseFee:
    tariff = _tariff_of(case, license_)
    pieces = [_piece(each, slices) for each, slices in zip(sold, tracks, strict=True)]
    # The fee divides by how much of the price each slice is, in whole numbers over one
    # denominator.
    slices = [
        (piece, each.weight.numerator * piece.part.numerator)
        for each, slices in zip(sold, tracks, strict=True)
        for piece in slices
    ]
    belows = [
        each.weight.denominator * piece.part.denominator
        for each, slices in zip(sold, tracks, strict=True)
        for piece in slices
    ]
    below = math.lcm(*belows)
    weighed = [
        (piece, above * (below // mine))
        for (piece, above), mine in zip(slices, belows, strict=True)
    ]
    return LicenseFee(
        license=license_,
        fee=fee_on(tariff, pieces, is_album=is_album),
        whole=sum([weight for _, weight in weighed]),
        slices=tuple(weighed),
        apart=tuple([each for each in weighed if each[0].apart]),
    )


def _tariff_of(case: Case, license_: License) -> Tariff:
    """The license's tariff, if it makes sense and its amounts are in the sale's currency."""
    tariff, currency = license_.tariff, case.question.currency
    assert tariff is not None
    code = _what_is_wrong(tariff)
    licensor = case.name_of(license_.licensor_id)
    if code:
        raise refuse("tariff-invalid", licensor, tariff=tariff.name, licensor=licensor, code=code)
    if tariff.currency not in {None, currency}:
        raise refuse(
            "tariff-currency",
            licensor,
            tariff=tariff.name,
            other=str(tariff.currency),
            currency=currency,
        )
    return tariff


@lru_cache(maxsize=tariffs_kept_max)
def _what_is_wrong(tariff: Tariff) -> str:
    try:
        check_tariff(tariff)
    except TariffInvalidError as error:
        return error.code
    return ""


def _piece(sold: Sold, slices: Sequence[Slice]) -> Piece:
    """The track as the license's tariff sees it."""
    recording = sold.track.recording
    licensed = {piece.subject for piece in slices}
    works: tuple[int | None, ...] = tuple(
        recording.duration_ms * work.part.numerator // work.part.denominator
        for work in recording.works
        if work.ref in licensed
    )
    if recording.ref in licensed:
        # The part of the recording of which no work is known counts as one work.
        works = (*works, None)
    return Piece(
        duration_ms=recording.duration_ms,
        works=works or (None,),
        covered=_sum([piece.part for piece in slices]),
        weight=sold.weight,
    )


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
        licensor_id, below = each.license.licensor_id, flow.denominator * each.whole
        paid = each.whole
        for piece, weight in each.apart:
            paid -= weight
            kind = PurseKind.HELD if piece.apart == "claims" else PurseKind.UNCLAIMED
            purse = Purse(kind, code=case.apart(piece.apart, piece.subject))
            yield purse, "", LICENSE_FEE, numerator * weight, below
        licensor = Purse(PurseKind.PAYEE, licensor_id)
        yield licensor, case.name_of(licensor_id), LICENSE_FEE, numerator * paid, below


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


def _sum(parts: Sequence[Fraction]) -> Fraction:
    """The sum of fractions, with one reduction instead of one for each."""
    below = math.lcm(*[part.denominator for part in parts])
    return Fraction(sum([part.numerator * (below // part.denominator) for part in parts]), below)
