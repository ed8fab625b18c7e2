"""The fees of the licenses in a sale (step 7 of clearance), and for which works they are owed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.reasons import refuse
from pennywhistle.engines.clearance.tariff import Base, Fee, Piece, Tariff, fee_on
from pennywhistle.engines.clearance.tariff_check import TariffInvalidError, check_tariff
from pennywhistle.engines.clearance.works import known_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.cover import Slice
    from pennywhistle.engines.clearance.facts import Grant, License, Track
    from pennywhistle.engines.clearance.waterfall import Waterfall
    from pennywhistle.kernel.money import Money

tariffs_kept_max = 1_024


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
    """What one license asks for the sale, and for which slices of which tracks' part of the price.

    The fee divides over the slices by how much of the price each is.
    """

    license: License
    fee: Fee
    slices: tuple[tuple[Slice, Fraction], ...]

    @property
    def has_apart(self) -> bool:
        """Whether some of it is kept apart."""
        return any(piece.apart for piece, _ in self.slices)

    def weights(self) -> tuple[list[int], int]:
        """Whole weights of the slices, in their order, and their sum."""
        parts = [
            (
                weight.numerator * piece.part.numerator,
                weight.denominator * piece.part.denominator,
            )
            for piece, weight in self.slices
        ]
        below = math.lcm(*[part[1] for part in parts])
        weights = [above * (below // mine) for above, mine in parts]
        return weights, sum(weights)


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


def require_wholesale(
    case: Case, fees: Sequence[LicenseFee], wholesale: Money, supplier: str
) -> None:
    """Whose tariff is a percentage of the wholesale price is not paid by leaving that open."""
    if wholesale.micro:
        return
    for each in fees:
        tariff = each.license.tariff
        if tariff and tariff.base is Base.PPD and each.fee.percent_numerator:
            raise refuse("no-wholesale", supplier, tariff=tariff.name, title=case.item.title)


def _license_fee(
    case: Case,
    license_: License,
    sold: Sequence[Sold],
    tracks: Sequence[Sequence[Slice]],
    *,
    is_album: bool,
) -> LicenseFee:
    tariff = _tariff_of(case, license_)
    pieces = [_piece(case, each, slices, tariff) for each, slices in zip(sold, tracks, strict=True)]
    return LicenseFee(
        license=license_,
        fee=fee_on(tariff, pieces, is_album=is_album),
        slices=tuple(
            [
                (piece, each.weight)
                for each, slices in zip(sold, tracks, strict=True)
                for piece in slices
            ]
        ),
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


def _piece(case: Case, sold: Sold, slices: Sequence[Slice], tariff: Tariff) -> Piece:
    """The track as the license's tariff sees it."""
    recording = sold.track.recording
    # How much is covered counts only where a tariff is pro rata; otherwise, whether anything is.
    covered = Fraction(1 if slices else 0)
    if slices and tariff.is_by_repertoire:
        covered = _sum([piece.part for piece in slices])
    piece = Piece(duration_ms=recording.duration_ms, covered=covered, weight=sold.weight)
    if not tariff.is_per_work or not slices:
        return piece
    return _by_work(case, piece, sold, slices)


def _by_work(case: Case, whole: Piece, sold: Sold, slices: Sequence[Slice]) -> Piece:
    """The track as a tariff sees it that counts each work: its length, and how much is licensed."""
    recording = sold.track.recording
    licensed: dict[str, list[Fraction]] = {}
    for piece in slices:
        licensed.setdefault(piece.subject, []).append(piece.part)
    parts, unknown = known_parts(case, sold.track)
    works: list[tuple[int | None, Fraction]] = [
        (
            recording.duration_ms * work.part.numerator // work.part.denominator,
            _sum(licensed[work.ref]) / part,
        )
        for work, part in zip(recording.works, parts, strict=True)
        if work.ref in licensed
    ]
    if recording.ref in licensed:
        # The part of the recording of which no work is known counts as one work.
        works.append((None, _sum(licensed[recording.ref]) / unknown))
    return replace(
        whole,
        works=tuple([length_ms for length_ms, _ in works]),
        works_covered=tuple([covered for _, covered in works]),
    )


def _sum(parts: Sequence[Fraction]) -> Fraction:
    """The sum of fractions, with one reduction instead of one for each."""
    below = math.lcm(*[part.denominator for part in parts])
    return Fraction(sum([part.numerator * (below // part.denominator) for part in parts]), below)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one work in the sale is owed under one license, as a part of price and subsidy.

    `subject` is the work's ref, or the recording's where its works are unknown; `apart` why the
    money is kept, or empty.
    """

    license_id: int
    licensor_id: int
    subject: str
    apart: str
    share: Fraction


def usage_of(fees: Sequence[LicenseFee], flow: Waterfall, subsidy_micro: int) -> tuple[Usage, ...]:
    """Each fee, work by work, as it is reported to the licensor."""
    shares: dict[tuple[int, int, str, str], Fraction] = {}
    total = (flow.price_micro + subsidy_micro) * flow.denominator
    for fee, numerator in zip(fees, flow.fee_numerators, strict=True):
        weights, whole = fee.weights()
        for (piece, _), weight in zip(fee.slices, weights, strict=True):
            whose = (fee.license.id, fee.license.licensor_id, piece.subject, piece.apart)
            share = Fraction(numerator * weight, total * whole)
            shares[whose] = shares.get(whose, Fraction(0)) + share
    return tuple(Usage(*whose, share) for whose, share in shares.items() if share)
