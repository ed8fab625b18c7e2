"""Where contracts stand: what was earned on each, what is due, recouped, reserved and payable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
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

    from pennywhistle.apps.users.models import User

months_max = 1_200


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
    everything = _with_their_groups(wanted)
    reckoned = [each for each in (_reckoned(c, now, end_index) for c in everything) if each]
    free = recoup(
        [
            Recouped(each.contract.public_id, each.balance, _group_of(each.terms))
            for each in reckoned
        ]
    )
    nothing = {each.contract.pk: Money.zero(each.contract.currency) for each in reckoned}
    by_id = {
        each.contract.pk: _payable(each, max(money - each.reserved, nothing[each.contract.pk]))
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
    contracts = Contract.objects.owed_by(party_id=account.party_id, currency=account.currency)
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


def _reckoned(contract: Contract, now: datetime, end_index: int | None) -> Standing | None:
    versions = list(
        contract.terms.accepted().select_related("contract").prefetch_related("releases")
    )
    today = now.astimezone(UTC).date()
    if not versions:
        return None
    months = _months(contract, versions, end_index)
    reckoned = reckon(months, on=today)
    current = max(
        (each for each in versions if each.starts_on <= today),
        key=lambda each: each.number,
        default=versions[0],
    )
    currency = contract.currency
    due = Money(reckoned.due_micro, currency)
    least = max(
        (
            each.guarantee_micro
            for each in versions
            if each.guarantee_on and each.guarantee_on <= today
        ),
        default=0,
    )
    advance = sum(
        each.advance_micro for each in versions if each.advance_on and each.advance_on <= today
    )
    passed = PassedOn.objects.filter(contract=contract).aggregate(sum=Sum("amount_micro"))["sum"]
    guaranteed = max(0, least - reckoned.due_micro)
    passed_micro = int(passed or 0)
    balance = reckoned.due_micro + guaranteed - advance - passed_micro
    return Standing(
        contract=contract,
        terms=current,
        earned=Money(reckoned.base_micro, currency),
        due=due,
        guaranteed=Money(guaranteed, currency),
        advance=Money(advance, currency),
        passed_on=Money(passed_micro, currency),
        reserved=Money(reckoned.reserved_micro, currency),
        balance=Money(balance, currency),
        payable=Money.zero(currency),
    )


def _payable(standing: Standing, payable: Money) -> Standing:
    return Standing(
        standing.contract, standing.terms, standing.earned, standing.due, standing.guaranteed,
        standing.advance, standing.passed_on, standing.reserved, standing.balance, payable,
    )  # fmt: skip


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


def _months(contract: Contract, versions: Sequence[Terms], end_index: int | None) -> list[Month]:
    """What the payer earned of the contract's items, month by month, by the terms of each day."""
    account = Account.objects.filter(
        kind=Account.Kind.PAYEE, party=contract.payer_id, currency=contract.currency
    ).first()
    if account is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, {"account": account.number, "end": end_index})
        rows: list[tuple[str, date, int]] = [
            (item, day, int(amount)) for item, day, amount in cursor.fetchall()
        ]
    items = {each.pk: _items_of(each) for each in versions}
    sums: dict[tuple[date, int], int] = defaultdict(int)
    for item, day, amount in rows:
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


def _items_of(terms: Terms) -> set[str] | None:
    """The items that terms are of; None for everything."""
    releases: Mapping[int, str] = {each.pk: each.public_id for each in terms.releases.all()}
    if not releases:
        return None
    tracks = Track.objects.filter(release__in=releases).values_list("public_id", flat=True)
    return {f"release:{each}" for each in releases.values()} | {f"track:{each}" for each in tracks}
