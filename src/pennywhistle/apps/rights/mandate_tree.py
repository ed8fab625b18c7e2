"""The chains of mandates that lead away from a party, or to it, level by level."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Q

from pennywhistle.apps.rights.chains import Scope, chain_length_max, scope_of
from pennywhistle.apps.rights.models import Mandate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pennywhistle.apps.parties.models import Party

# Of one side, so that a society with ten thousand members has a page.
branches_max = 120


@dataclass(slots=True)
class Branch:
    """A mandate on a chain: who is next, and what is left of the right up to there."""

    mandate: Mandate
    party: Party
    scope: Scope
    branches: list[Branch] = field(default_factory=list)

    @property
    def is_narrower(self) -> bool:
        """Whether the chain up to here covers less than the mandate itself."""
        return self.scope != scope_of(self.mandate)


@dataclass(slots=True)
class Tree:
    """All chains on one side of a party; `is_cut` where there are more than a page shows."""

    branches: list[Branch] = field(default_factory=list)
    is_cut: bool = False


def mandate_tree(*, party_id: int, is_forward: bool, at: datetime) -> Tree:
    """Who may license for the party (`is_forward`), or for whom it may; one query a level.

    Only open mandates that have not ended by `at`, and chains only where what each step covers
    meets. Everybody is met once on a chain, and chains are as long as clearance follows them.
    """
    tree = Tree()
    ends: list[tuple[int, Scope | None, list[Branch], frozenset[int]]] = [
        (party_id, None, tree.branches, frozenset([party_id]))
    ]
    count = 0
    for _ in range(chain_length_max):
        following = _mandates([end[0] for end in ends], is_forward=is_forward, at=at)
        tree.is_cut |= len(following) > branches_max
        grown: list[tuple[int, Scope | None, list[Branch], frozenset[int]]] = []
        for end in ends:
            for branch in _grow(end, following, is_forward=is_forward):
                count += 1
                if count > branches_max:
                    tree.is_cut = True
                    return tree
                end[2].append(branch)
                met = end[3] | {branch.party.pk}
                grown.append((branch.party.pk, branch.scope, branch.branches, met))
        if not grown:
            break
        ends = grown
    return tree


def _mandates(party_ids: list[int], *, is_forward: bool, at: datetime) -> list[Mandate]:
    whose = Q(from_party__in=party_ids) if is_forward else Q(to_party__in=party_ids)
    found = (
        Mandate.objects.open()
        .filter(whose)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at))
        .select_related("territories", "from_party", "to_party", "repertoire")
    )
    return list(found.order_by("id")[: branches_max + 1])


def _grow(
    end: tuple[int, Scope | None, list[Branch], frozenset[int]],
    following: list[Mandate],
    *,
    is_forward: bool,
) -> Iterator[Branch]:
    """The next links of a chain that ends with a party."""
    party_id, scope, _, met = end
    for mandate in following:
        near = mandate.from_party_id if is_forward else mandate.to_party_id
        far = mandate.to_party if is_forward else mandate.from_party
        if near != party_id or far.pk in met:
            continue
        mine = scope_of(mandate)
        common = mine if scope is None else scope.meet(mine)
        if common is not None:
            yield Branch(mandate, far, common)
