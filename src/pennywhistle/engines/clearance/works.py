"""The works' side: is every work in the recording licensed, by whom, and what stays apart?

Steps 4 and 5 of clearance (docs/algorithms/clearance.md).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.engines.clearance.authority import (
    is_payable,
    license_of,
    who_may_license,
)
from pennywhistle.engines.clearance.claims import Settled, settle
from pennywhistle.engines.clearance.facts import US_TERRITORIES, WORK_RIGHTS, LicenseSource
from pennywhistle.engines.clearance.lacking import invalid_claim, unknown_owner, unlicensed
from pennywhistle.engines.clearance.reasons import Reason, percent, refuse
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.clearance.authority import Path
    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.facts import (
        Agreement,
        License,
        Recording,
        Right,
        Share,
        Track,
        Work,
    )

# A few sets of claims and parts are nearly all that there are: a half, a third, 50 and 25.
settlements_kept_max = 16_384


class Slice(NamedTuple):
    """A part of a track's works under one license; `apart` is why its money is kept, or empty.

    `part` is of all rights in all works of the track: the slices of a track that is covered by
    tariffs throughout sum to one.
    """

    license: License
    part: Fraction
    subject: str
    apart: str = ""


class Claim(NamedTuple):
    """What a party claims of one right of a work, in one or more rows, and who licenses it."""

    party_id: int
    part: Fraction
    shares: Sequence[Share]
    license: License | None


def cover_works(case: Case, track: Track, agreement: Agreement) -> list[Slice]:
    """The licensed slices of the track's works; refuses where a part is not licensed."""
    question = case.question
    passes_through = agreement.us_source is LicenseSource.PASS_THROUGH
    if passes_through and question.territory in US_TERRITORIES:
        case.rely_on("passes-through", agreement)
        return []
    slices: list[Slice] = []
    parts, unknown = _parts_of(case, track)
    for work, part in zip(track.recording.works, parts, strict=True):
        if any(case.is_here_and_now(free) for free in work.public_domain):
            case.rely_on("free", work, work.title)
            continue
        for right in WORK_RIGHTS:
            slices += _cover(case, work, right, part)
    if unknown:
        slices += _cover_unknown(case, track.recording, track.title, unknown)
    return slices


def _parts_of(case: Case, track: Track) -> tuple[Sequence[Fraction], Fraction]:
    """Each work's part of the recording, and the part of which no work is known.

    A sum close to one is scaled to one, as for claims; more than that, or a work that is no part
    of the recording, is somebody's mistake.
    """
    works = track.recording.works
    below = math.lcm(*[work.part.denominator for work in works])
    each = [work.part.numerator * (below // work.part.denominator) for work in works]
    total = sum(each)
    if min(each, default=1) > 0:
        if total == below:
            return [work.part for work in works], _ZERO
        if SHARE_TOLERANCE * below >= abs(total - below):
            return [_fraction(part, total) for part in each], _ZERO
        if total < below:
            return [work.part for work in works], _fraction(below - total, below)
    raise refuse(
        "work-parts",
        case.item.supplier,
        title=track.title,
        percent=percent(_fraction(total, below)),
    )


def _cover(case: Case, work: Work, right: Right, part: Fraction) -> Iterator[Slice]:
    """One right of a known work: what each license covers, what is contested, what is nobody's."""
    claims = _claims(case, work, right)
    missing = [(claim.party_id, claim.part) for claim in claims if claim.license is None]
    if missing:
        raise unlicensed(case, work, right, missing)
    settled = _settled(tuple([number for claim in claims for number in _pair(claim.part)]))
    half = part.numerator, part.denominator * len(WORK_RIGHTS)
    for claim, paid in zip(claims, settled.parts, strict=True):
        if paid and claim.license:
            yield Slice(claim.license, _times(half, paid), work.ref)
    if settled.held:
        yield from _contested(case, work, claims, settled, half)
    if settled.unclaimed:
        blanket = _blanket(case, right)
        if blanket is None:
            raise unknown_owner(case, work, right, settled.unclaimed)
        case.rely_on("licenses-unidentified", blanket)
        if blanket.tariff:
            nobodys = percent(settled.unclaimed)
            case.hold(Reason("unclaimed", (("percent", nobodys), ("work", work.title))))
        yield Slice(blanket, _times(half, settled.unclaimed), work.ref, "unclaimed")


def _claims(case: Case, work: Work, right: Right) -> list[Claim]:
    """What each party claims of the right, here and now, and the license that reaches it."""
    by_party: dict[int, list[Share]] = {}
    for share in work.shares:
        if share.right is right and share.part and case.is_here_and_now(share):
            by_party.setdefault(share.party_id, []).append(share)
    claims = []
    for party_id, shares in by_party.items():
        part = shares[0].part
        if len(shares) > 1:
            part = sum((share.part for share in shares), _ZERO)
        if part > 1 + SHARE_TOLERANCE or any(share.part.numerator < 0 for share in shares):
            raise invalid_claim(case, work, right, party_id, part)
        license_ = _licensed(case, party_id, shares, work, right)
        claims.append(Claim(party_id, part, shares, license_))
    return claims


def _contested(
    case: Case, work: Work, claims: Sequence[Claim], settled: Settled, half: tuple[int, int]
) -> Iterator[Slice]:
    """What several claim is owed under all their licenses, by how much each contests."""
    if any(claim.license and claim.license.tariff for claim in claims):
        claimed = percent(sum((claim.part for claim in claims), _ZERO))
        names = " and ".join(sorted({case.name_of(claim.party_id) for claim in claims}))
        case.hold(Reason("held-claims", (("work", work.title), ("percent", claimed)), names))
    total = sum(settled.contested, _ZERO)
    for claim, part in zip(claims, settled.contested, strict=True):
        if part and claim.license:
            yield Slice(
                claim.license, _times(half, settled.held * part / total), work.ref, "claims"
            )


def _licensed(
    case: Case, party_id: int, shares: Sequence[Share], work: Work, right: Right
) -> License | None:
    """The license that reaches a party's shares, and notes the chain to it.

    The nearest one along its mandates that is in the sale's currency, else the nearest; without
    any, one that by law reaches whoever mandated nobody.
    """
    best: tuple[License, Path] | None = None
    for holder_id, path in who_may_license(case, party_id, right, work.ref):
        found = license_of(case, holder_id, right)
        if found is not None and (best is None or is_payable(case, found)):
            best = found, path
            if is_payable(case, found):
                break
    code = "licenses"
    if best is None:
        blanket = _blanket(case, right)
        if blanket is None:
            return None
        best, code = (blanket, ()), "licenses-by-law"
    for share in shares:
        case.rely_on("owns", share, work.title)
    for mandate in best[1]:
        case.rely_on("mandates", mandate)
    case.rely_on(code, best[0])
    return best[0]


def _blanket(case: Case, right: Right) -> License | None:
    """The license that by law reaches works and owners that no mandate leads from."""
    fitting = [
        found
        for licensor_id in case.register.licenses
        if (found := license_of(case, licensor_id, right)) is not None and found.unidentified_by
    ]
    return max(fitting, key=lambda each: (is_payable(case, each), each.id), default=None)


def _cover_unknown(
    case: Case, recording: Recording, title: str, unknown: Fraction
) -> Iterator[Slice]:
    """The part of the recording of which no work is known."""
    for right in WORK_RIGHTS:
        blanket = _blanket(case, right)
        if blanket is None:
            raise refuse(
                "work-unknown", case.item.supplier, title=title, percent=percent(1 - unknown)
            )
        case.rely_on("licenses-unidentified", blanket)
        if blanket.tariff:
            case.hold(Reason("unidentified", (), case.item.supplier))
        yield Slice(blanket, unknown / len(WORK_RIGHTS), recording.ref, "unidentified")


_ZERO = Fraction(0)


# Fractions of the standard library are slow to make, and the same few are made again and again.
@lru_cache(maxsize=settlements_kept_max)
def _fraction(above: int, below: int) -> Fraction:
    return Fraction(above, below)


@lru_cache(maxsize=settlements_kept_max)
def _settled(claims: tuple[int, ...]) -> Settled:
    """Settle claims that are given as numerators, each before its denominator."""
    return settle([Fraction(*pair) for pair in zip(claims[::2], claims[1::2], strict=True)])


def _pair(number: Fraction) -> tuple[int, int]:
    return number.numerator, number.denominator


def _times(one: tuple[int, int], other: Fraction) -> Fraction:
    return _fraction(one[0] * other.numerator, one[1] * other.denominator)
