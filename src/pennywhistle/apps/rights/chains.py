"""Chains of mandates: that they close no circle, are not too long, and never contradict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.apps.rights.closing import territories_of
from pennywhistle.apps.rights.models import Mandate, RepertoireMember
from pennywhistle.apps.rights.words import RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models import QuerySet

    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

# The database's guard has the same number (migration 0005_register_guards).
chain_length_max = 8


class MandateCircleError(RegisterError):
    """A party would in the end have mandated itself."""

    code = "mandate-circle"


class MandateChainError(RegisterError):
    """So many parties between an owner and a licensor are somebody's mistake."""

    code = "mandate-chain"


class MandateContradictsError(RegisterError):
    """A party gives two others the same exclusively."""

    code = "mandate-contradicts"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is left of a mandate along a chain: what every step of it covers."""

    rights: frozenset[str]
    uses: frozenset[str]
    territories: Territories
    valid: Period

    def meet(self, other: Scope) -> Scope | None:
        """What both cover, or None."""
        rights, uses = self.rights & other.rights, self.uses & other.uses
        territories = self.territories & other.territories
        valid = self.valid.intersection(other.valid)
        if not rights or not uses or not territories or valid is None:
            return None
        return Scope(rights, uses, territories, valid)


def scope_of(mandate: Mandate) -> Scope:
    """What a mandate covers; its repertoire is left out, since works join and leave it."""
    return Scope(
        frozenset(mandate.rights),
        frozenset(mandate.uses),
        territories_of(mandate),
        mandate.valid,
    )


def check_chains(mandate: Mandate, near: Neighbors | None = None) -> None:
    """Refuse a mandate, not yet written, that closes a circle or makes too long a chain.

    A chain goes on only where rights, uses, territories and time overlap all along: societies
    mandate each other, each for its own territory, and that is no circle. Call it under the
    register's lock of mandates; who checks many passes the same `near` to all, and adds to it what
    is going to be written. Raises MandateCircleError and MandateChainError.
    """
    near = near or Neighbors({}, {})
    for ahead, scope in _walk([mandate], scope_of(mandate), near.after):
        if ahead[-1].to_party_id == mandate.from_party_id:
            raise MandateCircleError(
                f"{_names(ahead)} is a circle: in the end {mandate.from_party.name} would mandate "
                f"itself. Leave out what {mandate.from_party.name} licenses itself."
            )
        for chain, _ in _walk(ahead, scope, near.before):
            if len(chain) > chain_length_max:
                raise MandateChainError(
                    f"{_names(chain)} is a chain of {len(chain)} mandates; at most "
                    f"{chain_length_max} are followed."
                )


@dataclass(frozen=True, slots=True)
class Neighbors:
    """Chains made longer by one mandate; each party's mandates are read once."""

    given: dict[int, list[tuple[Mandate, Scope]]]
    held: dict[int, list[tuple[Mandate, Scope]]]
    unwritten: list[tuple[Mandate, Scope]] = field(default_factory=list)

    @classmethod
    def of(cls, mandates: Sequence[Mandate]) -> Neighbors:
        """With what those who are next to these mandates give and hold, read at once."""
        givers = {mandate.to_party_id for mandate in mandates}
        holders = {mandate.from_party_id for mandate in mandates}
        near = cls({giver: [] for giver in givers}, {holder: [] for holder in holders})
        for mandate, scope in _scoped(Mandate.objects.open().filter(from_party__in=givers)):
            near.given[mandate.from_party_id].append((mandate, scope))
        for mandate, scope in _scoped(Mandate.objects.open().filter(to_party__in=holders)):
            near.held[mandate.to_party_id].append((mandate, scope))
        return near

    def add(self, mandate: Mandate) -> None:
        """Take in a mandate that is going to be written."""
        kept = (mandate, scope_of(mandate))
        self.unwritten.append(kept)
        if mandate.from_party_id in self.given:
            self.given[mandate.from_party_id].append(kept)
        if mandate.to_party_id in self.held:
            self.held[mandate.to_party_id].append(kept)

    def after(self, chain: list[Mandate]) -> Iterator[tuple[list[Mandate], Scope]]:
        """The chain, longer by each mandate that its last party gives."""
        given = self._given_by(chain[-1].to_party_id)
        return (([*chain, mandate], scope) for mandate, scope in given)

    def before(self, chain: list[Mandate]) -> Iterator[tuple[list[Mandate], Scope]]:
        """The chain, longer by each mandate that its first party holds."""
        held = self._held_by(chain[0].from_party_id)
        return (([mandate, *chain], scope) for mandate, scope in held)

    def _given_by(self, party_id: int) -> list[tuple[Mandate, Scope]]:
        if party_id not in self.given:
            written = _scoped(Mandate.objects.open().given_by(party_id=party_id))
            mine = [kept for kept in self.unwritten if kept[0].from_party_id == party_id]
            self.given[party_id] = written + mine
        return self.given[party_id]

    def _held_by(self, party_id: int) -> list[tuple[Mandate, Scope]]:
        if party_id not in self.held:
            written = _scoped(Mandate.objects.open().held_by(party_id=party_id))
            mine = [kept for kept in self.unwritten if kept[0].to_party_id == party_id]
            self.held[party_id] = written + mine
        return self.held[party_id]


def _scoped(mandates: QuerySet[Mandate]) -> list[tuple[Mandate, Scope]]:
    rows = mandates.select_related("territories", "from_party", "to_party").order_by("id")
    return [(mandate, scope_of(mandate)) for mandate in rows]


def _walk(
    chain: list[Mandate],
    scope: Scope,
    longer: Callable[[list[Mandate]], Iterator[tuple[list[Mandate], Scope]]],
) -> Iterator[tuple[list[Mandate], Scope]]:
    """The chain itself and each that goes on from it one way, with what is left of it."""
    yield chain, scope
    if len(chain) > chain_length_max:
        return
    for grown, added in longer(chain):
        common = scope.meet(added)
        if common is not None:
            yield from _walk(grown, common, longer)


def _names(chain: list[Mandate]) -> str:
    return " → ".join([mandate.from_party.name for mandate in chain] + [chain[-1].to_party.name])


def check_exclusive(mandate: Mandate) -> None:
    """Refuse an exclusive mandate where another party has the same exclusively.

    Raises MandateContradictsError, which names both.
    """
    if not mandate.is_exclusive:
        return
    rivals = (
        Mandate.objects.open()
        .given_by(party_id=mandate.from_party_id)
        .filter(is_exclusive=True)
        .exclude(to_party_id=mandate.to_party_id)
        .select_related("territories", "to_party")
    )
    for rival in rivals.order_by("id"):
        common = scope_of(rival).meet(scope_of(mandate))
        if common is not None and _share_repertoire(rival, mandate):
            raise MandateContradictsError(
                f"{mandate.from_party.name} has mandated {rival.to_party.name} exclusively for "
                f"{', '.join(sorted(common.rights))} in {common.territories.describe()} (mandate "
                f"{rival.pk}); {mandate.to_party.name} cannot have the same exclusively."
            )


def _share_repertoire(one: Mandate, other: Mandate) -> bool:
    if one.repertoire_id is None or other.repertoire_id is None:
        return True
    if one.repertoire_id == other.repertoire_id:
        return True
    return RepertoireMember.objects.open().shared(one.repertoire_id, other.repertoire_id).exists()
