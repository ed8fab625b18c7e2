"""Chains of mandates: that they close no circle, are not too long, and never contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.rights.closing import territories_of
from pennywhistle.apps.rights.models import Mandate, RepertoireMember
from pennywhistle.apps.rights.words import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def check_chains(mandate: Mandate) -> None:
    """Refuse a mandate, not yet written, that closes a circle or makes too long a chain.

    A chain goes on only where rights, uses, territories and time overlap all along: societies
    mandate each other, each for its own territory, and that is no circle. Call it under the
    register's lock of mandates. Raises MandateCircleError and MandateChainError.
    """
    for ahead, scope in _walk([mandate], scope_of(mandate), is_forward=True):
        if ahead[-1].to_party_id == mandate.from_party_id:
            raise MandateCircleError(
                f"{_names(ahead)} is a circle: in the end {mandate.from_party.name} would mandate "
                f"itself. Leave out what {mandate.from_party.name} licenses itself."
            )
        for chain, _ in _walk(ahead, scope, is_forward=False):
            if len(chain) > chain_length_max:
                raise MandateChainError(
                    f"{_names(chain)} is a chain of {len(chain)} mandates; at most "
                    f"{chain_length_max} are followed."
                )


def _walk(
    chain: list[Mandate], scope: Scope, *, is_forward: bool
) -> Iterator[tuple[list[Mandate], Scope]]:
    """The chain itself and each that goes on from its end, or from its start."""
    yield chain, scope
    if len(chain) > chain_length_max:
        return
    mandates = Mandate.objects.open().select_related("territories", "from_party", "to_party")
    if is_forward:
        following = mandates.given_by(party_id=chain[-1].to_party_id)
    else:
        following = mandates.held_by(party_id=chain[0].from_party_id)
    for mandate in following.order_by("id"):
        common = scope.meet(scope_of(mandate))
        if common is not None:
            longer = [*chain, mandate] if is_forward else [mandate, *chain]
            yield from _walk(longer, common, is_forward=is_forward)


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
