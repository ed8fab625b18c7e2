"""Who may license an owner's right: the walk along mandates (docs/algorithms/clearance.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.engines.clearance.known import Reliance
from pennywhistle.engines.clearance.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pennywhistle.engines.clearance.case import Case
    from pennywhistle.engines.clearance.facts import Basis, License, Mandate, Right

Path = tuple["Mandate", ...]

# Longer chains are nobody's business; the register refuses to record them.
depth_max = 8


class Stand(NamedTuple):
    """A party on the walk: the mandates that lead to it, and to whom it gave the right away.

    `holders` are those who hold the right exclusively from it: while there is one, the party may
    not license any more.
    """

    party_id: int
    path: Path
    holders: tuple[int, ...] = ()


def walk(case: Case, owner_id: int, right: Right, subject: str) -> list[Stand]:
    """Each party that the owner's right in `subject` comes to, nearest first, the owner too.

    An owner who gave the right exclusively away may not license it any more, and neither may
    anyone else whom it mandated. Where two hold it exclusively nobody is believed: the walk does
    not go on there. Everybody is met once, so that it ends whatever the mandates say.
    """
    seen = {owner_id}
    line: list[tuple[int, Path]] = [(owner_id, ())]
    stands = []
    for party_id, path in line:
        given = [
            mandate
            for mandate in _given(case, party_id)
            if right in mandate.rights
            and (mandate.repertoire is None or subject in mandate.repertoire)
        ]
        if not given:
            stands.append(Stand(party_id, path))
            continue
        exclusive = [mandate for mandate in given if mandate.is_exclusive]
        holders = tuple({mandate.to_id: None for mandate in exclusive})
        stands.append(Stand(party_id, path, holders))
        if len(holders) > 1 or len(path) == depth_max:
            continue
        for mandate in exclusive or given:
            if mandate.to_id not in seen:
                seen.add(mandate.to_id)
                line.append((mandate.to_id, (*path, mandate)))
    return stands


def who_may_license(
    case: Case, owner_id: int, right: Right, subject: str
) -> Sequence[tuple[int, Path]]:
    """Each party that may license the owner's right in `subject`, nearest first, with its path."""
    if owner_id not in case.register.mandates:
        return ((owner_id, ()),)
    asked = (owner_id, right)
    found = case.known.reached.get(asked)
    if found is None:
        stands = walk(case, owner_id, right, subject)
        found = [(stand.party_id, stand.path) for stand in stands if not stand.holders]
        # The tracks of an album have the same few writers: what does not depend on the work is
        # found once.
        if not any(_is_limited(case, stand.party_id) for stand in stands):
            case.known.reached[asked] = found
    return found


def why_nobody(case: Case, owner_id: int, right: Right, subject: str) -> Iterator[Reason]:
    """Who on the walk may not license because the right was given away, once or twice."""
    for stand in walk(case, owner_id, right, subject):
        if not stand.holders:
            continue
        owner = case.name_of(stand.party_id)
        holders = " and ".join(sorted(map(case.name_of, stand.holders)))
        if len(stand.holders) > 1:
            yield Reason("mandates-contradict", (("owner", owner), ("holders", holders)), owner)
        else:
            yield Reason("given-away", (("owner", owner), ("holder", holders)), holders)


def license_of(case: Case, licensor_id: int, right: Right) -> License | None:
    """The licensor's license for the right, here and now.

    If there are several: one whose tariff is in the sale's currency, and the newest of those.
    """
    asked = (licensor_id, right)
    if asked in case.known.licensed:
        return case.known.licensed[asked]
    fitting = _licenses_of(case, licensor_id, right)
    found = fitting[0] if fitting else None
    if len(fitting) > 1:
        found = max(fitting, key=lambda each: (is_payable(case, each), each.id))
    case.known.licensed[asked] = found
    return found


def _licenses_of(case: Case, licensor_id: int, right: Right) -> list[License]:
    """All that hold here and now for the right and the use."""
    use = case.question.use
    return [
        each
        for each in case.register.licenses.get(licensor_id, ())
        if right in each.rights and use in each.uses and case.is_here_and_now(each)
    ]


def nearest_license(
    case: Case, owner_id: int, right: Right, subject: str
) -> tuple[License | None, Path | None]:
    """The license that reaches an owner's right in `subject`, and the mandates to its licensor.

    The nearest one along the owner's mandates that is in the sale's currency, else the nearest;
    where no party on the walk has one, a license that by law reaches whoever no other license
    reaches, be it an owner who mandated nobody or one whose mandates lead to no license: no path
    leads to it.
    """
    best: License | None = None
    best_path: Path = ()
    for holder_id, path in who_may_license(case, owner_id, right, subject):
        found = license_of(case, holder_id, right)
        if found is not None and (best is None or is_payable(case, found)):
            best, best_path = found, path
            if is_payable(case, found):
                break
    return (best, best_path) if best is not None else (license_by_law(case, right), None)


def reliance_on(case: Case, owner_id: int, right: Right, subject: str) -> Reliance:
    """`nearest_license` and what it rests on, remembered unless it depends on the work."""
    asked = (owner_id, right)
    known = case.known.relied.get(asked)
    if known is not None:
        return known
    found, path = nearest_license(case, owner_id, right, subject)
    basis: list[Basis] = [("mandates", mandate, "") for mandate in path or ()]
    if found is not None:
        basis.append(("licenses-by-law" if path is None else "licenses", found, ""))
    reliance = Reliance(found, tuple(basis))
    if asked in case.known.reached or owner_id not in case.register.mandates:
        case.known.relied[asked] = reliance
    return reliance


def license_by_law(case: Case, right: Right) -> License | None:
    """The license that by law reaches works and owners that no mandate leads from.

    Among all licenses of its licensor: a newer one without the law does not take its place.
    """
    if right in case.known.by_law:
        return case.known.by_law[right]
    fitting = [
        each
        for licensor_id in case.register.licenses
        for each in _licenses_of(case, licensor_id, right)
        if each.unidentified_by
    ]
    found = max(fitting, key=lambda each: (is_payable(case, each), each.id), default=None)
    case.known.by_law[right] = found
    return found


def is_payable(case: Case, license_: License) -> bool:
    """Whether the license's fee, if it has one, is in the currency of the sale."""
    tariff = license_.tariff
    return tariff is None or tariff.currency in {None, case.question.currency}


def _given(case: Case, party_id: int) -> list[Mandate]:
    """The mandates that a party gave and that hold here and now; to itself nobody gives any."""
    given = case.known.given.get(party_id)
    if given is None:
        use = case.question.use
        given = case.known.given[party_id] = [
            mandate
            for mandate in case.register.mandates.get(party_id, ())
            if use in mandate.uses and mandate.to_id != party_id and case.is_here_and_now(mandate)
        ]
    return given


def _is_limited(case: Case, party_id: int) -> bool:
    """Whether a mandate that the party gave reaches some works only."""
    return any(mandate.repertoire is not None for mandate in _given(case, party_id))
