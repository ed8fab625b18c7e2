"""Where contracts stand: what was earned on each, what is due, recouped, reserved and payable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Sum

from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.contracts.models import Contract, PassedOn, Terms
from pennywhistle.apps.ledger.models import Account
from pennywhistle.engines.payout import Contract as Recouped
from pennywhistle.engines.payout import Month, reckon, recoup
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract's balance at an instant.

    `earned` is what the payer earned of its items, `due` the payee's part of it, `guaranteed` what
    the guarantee adds. `balance` is what of both is left when advances and what was passed on are
    taken off, below zero while an advance is not recouped. `payable` is what of it may be paid now,
    after the recoupment of its group and without what is `reserved`.
    """

    contract: Contract
    terms: Terms
    earned: Money
    due: Money
    guaranteed: Money
    advance: Money
    passed_on: Money
    reserved: Money
    balance: Money
    payable: Money


def standings(
    contracts: Iterable[Contract], *, now: datetime, end_index: int | None = None
) -> list[Standing]:
    """How contracts stand, in their order; those without accepted terms are left out.

    Sales count once they are in the books, or, with `end_index`, once they stand below that place
    of the log. What was sold counts by the terms of its day, and a refund by those of its sale.
    """
    wanted = list(contracts)
    facts = _Facts.of(_with_their_groups(wanted), end_index)
    today = now.astimezone(UTC).date()
    reckoned = [
        _reckoned(each, facts, today) for each in facts.contracts if facts.versions[each.pk]
    ]
    free = recoup(
        [
            Recouped(each.contract.public_id, each.balance, _group_of(each.terms))
            for each in reckoned
        ]
    )
    by_id = {
        each.contract.pk: replace(
            each, payable=max(money - each.reserved, Money.zero(each.contract.currency))
        )
        for each, money in zip(reckoned, free, strict=True)
    }
    return [by_id[contract.pk] for contract in wanted if contract.pk in by_id]


def payable_now(
    *, account: Account, balance: Money, now: datetime, end_index: int | None = None
) -> Money:
    """What of a payee's balance is its own to be paid: without what the store passes on for it.

    Money that contracts owe to others, and that the store is to pay them directly, stays on the
    account until `pass_on` has moved it. Below zero, nothing changes.
    """
    if account.party_id is None or balance.is_negative:
        return balance
    contracts = list(Contract.objects.owed_by(party_id=account.party_id, currency=account.currency))
    if not contracts:
        return balance
    owed = sum(
        (
            each.payable
            for each in standings(contracts, now=now, end_index=end_index)
            if each.terms.is_paid_by_store
        ),
        Money.zero(account.currency),
    )
    return max(balance - owed, Money.zero(account.currency))


def contracts_of(*, user: User) -> QuerySet[Contract]:
    """The contracts that a person sees, on whichever side, by name."""
    seen = Contract.objects.seen_by(user=user).select_related("payer", "payee")
    return seen.order_by("name", "id")


def contracts_on(account: Account) -> QuerySet[Contract]:
    """The contracts that a payee's account has a part in, in its currency."""
    found = Contract.objects.filter(currency=account.currency, terms__accepted_at__isnull=False)
    mine = found.filter(payer=account.party_id) | found.filter(payee=account.party_id)
    return mine.distinct().select_related("payer", "payee").order_by("name", "id")


def _group_of(terms: Terms) -> str:
    """A group is of one payer, one payee and one currency, whatever others call theirs."""
    contract = terms.contract
    if not terms.group:
        return ""
    return f"{contract.payer_id}:{contract.payee_id}:{contract.currency}:{terms.group}"


def _with_their_groups(contracts: Sequence[Contract]) -> list[Contract]:
    """These and those that they may be recouped with."""
    found = {contract.pk: contract for contract in contracts}
    pairs = {(each.payer_id, each.payee_id, each.currency) for each in contracts}
    others = Contract.objects.filter(payer__in={pair[0] for pair in pairs})
    for other in others.select_related("payer", "payee"):
        if (other.payer_id, other.payee_id, other.currency) in pairs:
            found.setdefault(other.pk, other)
    return sorted(found.values(), key=lambda contract: contract.pk)


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything that some contracts are reckoned from, read at once; books, once a payer."""

    contracts: list[Contract]
    versions: Mapping[int, list[Terms]]
    passed_micro: Mapping[int, int]
    # What payers earned: (payer, currency) -> item, day, micro-units.
    earned: Mapping[tuple[int, str], list[tuple[str, date, int]]]
    # The items of each release that terms name.
    items: Mapping[int, set[str]]

    @classmethod
    def of(cls, contracts: list[Contract], end_index: int | None) -> _Facts:
        versions: dict[int, list[Terms]] = {each.pk: [] for each in contracts}
        accepted = Terms.objects.accepted().filter(contract__in=versions).order_by("number")
        for terms in accepted.select_related("contract").prefetch_related("releases"):
            versions[terms.contract_id].append(terms)
        passed = PassedOn.objects.filter(contract__in=versions).order_by().values("contract")
        sums = passed.annotate(sum=Sum("amount_micro")).values_list("contract", "sum")
        payers = {(each.payer_id, each.currency) for each in contracts if versions[each.pk]}
        return cls(
            contracts=contracts,
            versions=versions,
            passed_micro={pk: int(micro) for pk, micro in sums},
            earned={payer: _earned_by(*payer, end_index) for payer in payers},
            items=_items({r for all_ in versions.values() for t in all_ for r in t.releases.all()}),
        )


def _reckoned(contract: Contract, facts: _Facts, today: date) -> Standing:
    versions = facts.versions[contract.pk]
    reckoned = reckon(_months(contract, facts), on=today)
    current = max(
        (each for each in versions if each.starts_on <= today),
        key=lambda each: each.number,
        default=versions[0],
    )
    is_due = current.guarantee_on is not None and current.guarantee_on <= today
    guaranteed = max(0, current.guarantee_micro - reckoned.due_micro) if is_due else 0
    # What was paid stays, whichever version says so; the same one said again is the same.
    advances = {
        (each.advance_on, each.advance_micro)
        for each in versions
        if each.advance_on is not None and each.advance_on <= today
    }
    advance = sum(micro for _, micro in advances)
    passed = facts.passed_micro.get(contract.pk, 0)
    balance = reckoned.due_micro + guaranteed - advance - passed

    def money(micro: int) -> Money:
        return Money(micro, contract.currency)

    return Standing(
        contract=contract,
        terms=current,
        earned=money(reckoned.base_micro),
        due=money(reckoned.due_micro),
        guaranteed=money(guaranteed),
        advance=money(advance),
        passed_on=money(passed),
        reserved=money(reckoned.reserved_micro),
        balance=money(balance),
        payable=money(0),
    )


# What sales, and money that was kept apart, brought the payer by item and day; a refund is of the
# day of its sale. What the payer passes on itself is nothing that it earned less.
_EARNED = """
SELECT coalesce(s.item, e.item), (coalesce(s.occurred_at, e.occurred_at) AT TIME ZONE 'UTC')::date,
  sum(p.amount)
FROM ledger_entry e
LEFT JOIN ledger_entry s ON s.id = e.reverses_id
LEFT JOIN proof_leaf f ON f.entry_id = e.id
CROSS JOIN unnest(e.accounts, e.amounts_micro) AS p(account, amount)
WHERE e.accounts @> ARRAY[%(account)s]::integer[] AND p.account = %(account)s
  AND (e.kind IN ('sale', 'refund', 'release') OR e.kind = 'distribution' AND p.amount > 0)
  AND (%(end)s::bigint IS NULL OR f.log_index < %(end)s)
GROUP BY 1, 2 ORDER BY 2, 1
"""


def _earned_by(payer_id: int, currency: str, end_index: int | None) -> list[tuple[str, date, int]]:
    """What a party earned, by item and day."""
    account = Account.objects.filter(
        kind=Account.Kind.PAYEE, party=payer_id, currency=currency
    ).first()
    if account is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, {"account": account.number, "end": end_index})
        return [(item, day, int(amount)) for item, day, amount in cursor.fetchall()]


def _months(contract: Contract, facts: _Facts) -> list[Month]:
    """What the payer earned of the contract's items, month by month, by the terms of each day."""
    versions = facts.versions[contract.pk]
    items = {each.pk: _items_of(each, facts) for each in versions}
    sums: dict[tuple[date, int], int] = defaultdict(int)
    for item, day, amount in facts.earned[contract.payer_id, contract.currency]:
        terms = _in_force(versions, day)
        if terms is not None and (items[terms.pk] is None or item in (items[terms.pk] or ())):
            sums[day.replace(day=1), terms.number] += amount
    by_number = {each.number: each for each in versions}
    return [
        Month(first, amount, by_number[number].step_list, by_number[number].reserve)
        for (first, number), amount in sorted(sums.items())
    ]


def _in_force(versions: Sequence[Terms], day: date) -> Terms | None:
    """The newest accepted version that had begun by a day, unless it had ended."""
    begun = [each for each in versions if each.starts_on <= day]
    newest = max(begun, key=lambda each: each.number, default=None)
    if newest is None or (newest.ends_on is not None and day >= newest.ends_on):
        return None
    return newest


def _items_of(terms: Terms, facts: _Facts) -> set[str] | None:
    """The items that terms are of; None for everything."""
    releases = [each.pk for each in terms.releases.all()]
    if not releases:
        return None
    return set().union(*(facts.items[each] for each in releases))


def _items(releases: set[Release]) -> dict[int, set[str]]:
    """Each release's items: itself, and every track that is or was on it."""
    items = {each.pk: {f"release:{each.public_id}"} for each in releases}
    tracks = Track.objects.filter(release__in=items)
    for release_id, public_id in tracks.values_list("release_id", "public_id"):
        items[release_id].add(f"track:{public_id}")
    return items
