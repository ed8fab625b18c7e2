"""The works' side: is every work in the recording licensed, by whom, and what stays apart?

Steps 4 and 5 of clearance (docs/algorithms/clearance.md).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.authority import (
    license_by_law,
    reliance_on,
)
from pennywhistle.engines.clearance.claims import Settled, settle
from pennywhistle.engines.clearance.cover import Cover, Slice
from pennywhistle.engines.clearance.facts import US_TERRITORIES, WORK_RIGHTS, LicenseSource
from pennywhistle.engines.clearance.lacking import invalid_claim, unknown_owner, unlicensed
from pennywhistle.engines.clearance.reasons import Reason, percent, refuse
from pennywhistle.kernel.split import SHARE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


def cover_works(case: Case, track: Track, agreement: Agreement) -> list[Slice]:
    """The licensed slices of the track's works; refuses where a part is not licensed."""
    question = case.question
    passes_through = agreement.us_source is LicenseSource.PASS_THROUGH
    if passes_through and question.territory in US_TERRITORIES:
        case.rely_on("passes-through", agreement)
        return []
    slices: list[Slice] = []
    parts, unknown = known_parts(case, track)
    for work, part in zip(track.recording.works, parts, strict=True):
        slices += _remembered(case, work, part)
    if unknown:
        slices += _cover_unknown(case, track.recording, track.title, unknown)
    return slices


def _remembered(case: Case, work: Work, part: Fraction) -> Sequence[Slice]:
    """How a work is covered, as it was found out before in the same register, here and now."""
    if case.is_one_of_many:
        # A keeper meets each work once.
        return _cover_work(case, work, part)
    known = case.known.covers.get(id(work))
    if known is not None and known.holds_for(work, part, case.at):
        case.basis += known.basis
        case.holds.update(known.holds)
        return known.slices
    place, before = len(case.basis), case.holds
    case.holds = {}
    slices = _cover_work(case, work, part)
    periods = [row.valid for row in work.shares] + [row.valid for row in work.public_domain]
    bounds = {end for valid in periods for end in (valid.starts_at, valid.ends_at)}
    ends = [end for end in bounds if end is not None]
    case.known.keep(
        Cover(
            work=work,
            part=part,
            starts_at=max((end for end in ends if end <= case.at), default=None),
            ends_at=min((end for end in ends if end > case.at), default=None),
            slices=slices,
            basis=case.basis[place:],
            holds=case.holds,
        )
    )
    case.holds = {**before, **case.holds}
    return slices


def _cover_work(case: Case, work: Work, part: Fraction) -> list[Slice]:
    """Both rights of a known work, unless it is free. Raises `Refusal`."""
    if work.public_domain and any(map(case.is_here_and_now, work.public_domain)):
        case.rely_on("free", work, work.title)
        return []
    here = [share for share in work.shares if case.is_here_and_now(share)]
    slices: list[Slice] = []
    for right in WORK_RIGHTS:
        claims = [share for share in here if share.right is right and share.part]
        slices += _cover(case, work, right, part, claims)
    return slices


def known_parts(case: Case, track: Track) -> tuple[Sequence[Fraction], Fraction]:
    """Each work's part of the recording, and the part of which no work is known.

    A sum close to one is scaled to one, as for claims; more than that, or a work that is no part
    of the recording, is somebody's mistake.
    """
    works = track.recording.works
    if len(works) == 1 and works[0].part == 1:
        return [_ONE], _ZERO
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


def _cover(
    case: Case, work: Work, right: Right, part: Fraction, shares: Sequence[Share]
) -> list[Slice]:
    """One right of a known work: what each license covers, what is contested, what is nobody's."""
    claims = _claims(case, work, right, shares)
    licenses: list[License] = []
    missing = []
    for party_id, claimed in claims:
        for share in shares:
            if share.party_id == party_id:
                case.rely_on("owns", share, work.title)
        found = _licensed(case, party_id, work, right)
        if found is None:
            missing.append((party_id, claimed))
        else:
            licenses.append(found)
    if missing:
        raise unlicensed(case, work, right, missing)
    numbers = [number for _, claim in claims for number in (claim.numerator, claim.denominator)]
    settled = _settled(part.numerator, part.denominator * len(WORK_RIGHTS), *numbers)
    subject = work.ref
    slices = [
        Slice(license_, paid, subject)
        for license_, paid in zip(licenses, settled.parts, strict=True)
        if paid
    ]
    if settled.held:
        slices += _contested(case, work, claims, licenses, settled)
    if settled.unclaimed:
        slices.append(_unclaimed(case, work, right, settled.unclaimed, part))
    return slices


def _claims(
    case: Case, work: Work, right: Right, shares: Sequence[Share]
) -> Sequence[tuple[int, Fraction]]:
    """What each party claims of the right, in however many rows."""
    claims = {share.party_id: share.part for share in shares}
    if len(claims) < len(shares):
        claims = dict.fromkeys(claims, _ZERO)
        for share in shares:
            claims[share.party_id] += share.part
    for share in shares:
        claimed = claims[share.party_id]
        over = claimed.numerator - claimed.denominator
        if share.part.numerator < 0 or (over > 0 and claimed > 1 + SHARE_TOLERANCE):
            raise invalid_claim(case, work, right, share.party_id, claimed)
    return list(claims.items())


def _contested(
    case: Case,
    work: Work,
    claims: Sequence[tuple[int, Fraction]],
    licenses: Sequence[License],
    settled: Settled,
) -> Iterator[Slice]:
    """What several claim is owed under all their licenses, by how much each contests."""
    if any(license_.tariff for license_ in licenses):
        claimed = percent(sum((part for _, part in claims), _ZERO))
        names = " and ".join(sorted({case.name_of(party_id) for party_id, _ in claims}))
        case.hold(Reason("held-claims", (("work", work.title), ("percent", claimed)), names))
    total = sum(settled.contested, _ZERO)
    for license_, part in zip(licenses, settled.contested, strict=True):
        if part:
            yield Slice(license_, settled.held * part / total, work.ref, "claims")


def _unclaimed(case: Case, work: Work, right: Right, missing: Fraction, whole: Fraction) -> Slice:
    """What nobody claims, where a law lets somebody license it all the same."""
    percentage = percent(missing * len(WORK_RIGHTS) / whole)
    blanket = license_by_law(case, right)
    if blanket is None:
        raise unknown_owner(case, work, right, percentage)
    case.rely_on("licenses-unidentified", blanket)
    if blanket.tariff:
        case.hold(Reason("unclaimed", (("percent", percentage), ("work", work.title))))
    return Slice(blanket, missing, work.ref, "unclaimed")


def _licensed(case: Case, party_id: int, work: Work, right: Right) -> License | None:
    """The license that reaches a party's claim, if any; notes the chain to it."""
    found, basis = reliance_on(case, party_id, right, work.ref)
    case.basis += basis
    return found


def _cover_unknown(
    case: Case, recording: Recording, title: str, unknown: Fraction
) -> Iterator[Slice]:
    """The part of the recording of which no work is known."""
    for right in WORK_RIGHTS:
        blanket = license_by_law(case, right)
        if blanket is None:
            raise refuse(
                "work-unknown", case.item.supplier, title=title, percent=percent(1 - unknown)
            )
        case.rely_on("licenses-unidentified", blanket)
        if blanket.tariff:
            case.hold(Reason("unidentified", (), case.item.supplier))
        yield Slice(blanket, unknown / len(WORK_RIGHTS), recording.ref, "unidentified")


_ZERO, _ONE = Fraction(0), Fraction(1)


# Fractions of the standard library are slow to make, and the same few are made again and again:
# halves, thirds, quarters of one work, of two, of three.
@lru_cache(maxsize=settlements_kept_max)
def _fraction(above: int, below: int) -> Fraction:
    return Fraction(above, below)


@lru_cache(maxsize=settlements_kept_max)
def _settled(above: int, below: int, *claims: int) -> Settled:
    """Settle claims on a part of the recording, all as numerators before their denominators."""
    whole = Fraction(above, below)
    settled = settle([Fraction(*pair) for pair in zip(claims[::2], claims[1::2], strict=True)])
    return Settled(
        claims=tuple(whole * claim for claim in settled.claims),
        parts=tuple(whole * part for part in settled.parts),
        held=whole * settled.held,
        unclaimed=whole * settled.unclaimed,
    )
