"""Advances: what was paid before it was earned (docs/algorithms/payouts.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract's balance; below zero is what is left of an advance to be earned.

    Contracts of one `group` are recouped together (cross-collateral), as they agreed; an empty
    group stands alone.
    """

    name: str
    balance: Money
    group: str = ""


def recoup(contracts: Sequence[Contract]) -> list[Money]:
    """What each contract may pay out, in their order; nothing while its group is in the red.

    Within a group the advance of one contract is recouped from what the others earned, from
    each by what it has; across groups never. The contracts are of one currency.
    """
    free = {}
    for name in dict.fromkeys(each.group for each in contracts if each.group):
        members = [each.balance.micro for each in contracts if each.group == name]
        free[name] = max(0, sum(members)), sum(max(0, micro) for micro in members)
    return [_free_of(each, free) for each in contracts]


def _free_of(contract: Contract, free: dict[str, tuple[int, int]]) -> Money:
    own = max(0, contract.balance.micro)
    if contract.group and own:
        left, earned = free[contract.group]
        own = own * left // earned
    return type(contract.balance)(own, contract.balance.currency)
