"""What terms must be: sense by themselves, and no promise of more than there is beside others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.contracts.models import Terms
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.payout import (
    Promise,
    Reserve,
    Step,
    TermsRefusedError,
    check_loops,
    check_promises,
    check_reserve,
    check_steps,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.contracts.models import Contract
    from pennywhistle.kernel.money import Money

NO_RESERVE = Reserve()


@dataclass(frozen=True, slots=True)
class TermsSaid:
    """What terms say; amounts in the contract's currency. `releases`: none means everything."""

    starts_on: date
    steps: tuple[Step, ...]
    ends_on: date | None = None
    releases: tuple[Release, ...] = ()
    advance: Money | None = None
    advance_on: date | None = None
    guarantee: Money | None = None
    guarantee_on: date | None = None
    reserve: Reserve = NO_RESERVE
    group: str = ""
    is_paid_by_store: bool = False


def check_terms(contract: Contract, said: TermsSaid, accepted: list[Terms], now: datetime) -> None:
    """What terms must be by themselves, and beside the terms before them."""
    check_steps(said.steps)
    check_reserve(said.reserve)
    if said.ends_on is not None and said.ends_on <= said.starts_on:
        raise TermsRefusedError("The last day lies before the first.")
    for amount in (said.advance, said.guarantee):
        if amount is not None and (amount.currency != contract.currency or amount.micro <= 0):
            raise TermsRefusedError(f"{amount} is no amount of this contract.")
    if said.advance and (said.advance_on is None or said.advance_on > said.starts_on):
        raise TermsRefusedError(
            f"It starts on {said.starts_on}, before its advance is paid"
            f"{f' on {said.advance_on}' if said.advance_on else ''}."
        )
    if said.guarantee and (said.guarantee_on is None or said.guarantee_on < said.starts_on):
        raise TermsRefusedError("A guarantee is due on a day after the first one.")
    today = now.astimezone(UTC).date()
    if accepted and said.starts_on < max(accepted[-1].starts_on, today):
        raise TermsRefusedError(
            "New terms begin today or later, and not before those that they follow."
        )


def check_beside(terms: Terms, *, party_id: int) -> None:
    """Beside everything that was accepted: no more than there is, and no money that goes round.

    What else the payer promised is told to the payer alone, and of other parties nobody is named.
    """
    contract = terms.contract
    accepted = (
        Terms.objects.accepted()
        .exclude(contract=contract)
        .filter(contract__currency=contract.currency)
        .select_related("contract")
        .prefetch_related("releases")
    )
    others = list(_promises(accepted))
    new = _promise(terms, terms.ends_on)
    try:
        check_promises(new, others)
    except TermsRefusedError as error:
        if party_id == new.payer:
            raise
        raise TermsRefusedError("The other side has promised more than is left.") from error
    sides = Party.objects.filter(id__in={new.payer, new.payee})
    names = dict(sides.values_list("id", "name"))
    check_loops(new, others, names)


def _promises(accepted: Iterable[Terms]) -> Iterable[Promise]:
    """Each version holds until the next one of its contract begins."""
    by_contract: dict[int, list[Terms]] = {}
    for terms in accepted:
        by_contract.setdefault(terms.contract_id, []).append(terms)
    for versions in by_contract.values():
        ordered = sorted(versions, key=lambda each: each.number)
        for terms, follower in zip(ordered, [*ordered[1:], None], strict=True):
            ends = [day for day in (terms.ends_on, follower and follower.starts_on) if day]
            ends_on = min(ends, default=None)
            if ends_on is None or ends_on > terms.starts_on:
                yield _promise(terms, ends_on)


def _promise(terms: Terms, ends_on: date | None) -> Promise:
    return Promise(
        name=terms.contract.name,
        payer=terms.contract.payer_id,
        payee=terms.contract.payee_id,
        subjects=frozenset(release.pk for release in terms.releases.all()),
        starts_on=terms.starts_on,
        ends_on=ends_on,
        share=max((step.share for step in terms.step_list), default=Fraction(0)),
    )
