"""What a work lacks to be licensed, and who can supply it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.authority import license_of, who_may_license, why_nobody
from pennywhistle.engines.clearance.reasons import Reason, Refusal, percent, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.facts import Right, Work


def unknown_owner(case: Case, work: Work, right: Right, missing: str) -> Refusal:
    """Nobody on record owns a part of the work."""
    return refuse(
        "share-unknown",
        case.item.supplier,
        percent=missing,
        work=work.title,
        right=right,
    )


def invalid_claim(case: Case, work: Work, right: Right, party_id: int, part: Fraction) -> Refusal:
    """A claim that cannot be: below nothing, or above the whole."""
    owner = case.name_of(party_id)
    return refuse(
        "share-invalid",
        owner,
        owner=owner,
        percent=percent(part),
        work=work.title,
        right=right,
    )


def unlicensed(
    case: Case, work: Work, right: Right, claims: Sequence[tuple[int, Fraction]]
) -> Refusal:
    """What is not licensed altogether, and of each owner what would make it so."""
    missing = percent(sum((part for _, part in claims), Fraction(0)))
    reasons = [
        reason for party_id, _ in claims for reason in _what_is_missing(case, work, right, party_id)
    ]
    owners = " and ".join(dict.fromkeys(case.name_of(party_id) for party_id, _ in claims))
    values = {
        "percent": missing,
        "work": work.title,
        "right": right,
        "territory": case.question.territory,
        "owner": owners,
    }
    return Refusal(
        Reason("share-unlicensed", tuple(values.items()), owners), *dict.fromkeys(reasons)
    )


def _what_is_missing(case: Case, work: Work, right: Right, owner_id: int) -> Iterator[Reason]:
    """Who gave the right away, who was mandated and has no license, who has one and no mandate."""
    owner = case.name_of(owner_id)
    given_away = list(why_nobody(case, owner_id, right, work.ref))
    yield from given_away
    reached = list(who_may_license(case, owner_id, right, work.ref))
    for party_id, path in reached:
        if path:
            holder = case.name_of(party_id)
            values = {
                "owner": owner,
                "holder": holder,
                "work": work.title,
                "right": right,
                "territory": case.question.territory,
            }
            yield Reason("license-missing", tuple(values.items()), holder)
    if given_away:
        return
    mandated = {party_id for party_id, _ in reached}
    for licensor_id in case.register.licenses:
        if licensor_id not in mandated and license_of(case, licensor_id, right):
            licensor = case.name_of(licensor_id)
            values = {"licensor": licensor, "owner": owner, "work": work.title}
            yield Reason("license-without-mandate", tuple(values.items()), owner)
