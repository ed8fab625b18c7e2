"""The lots of a batch's buyers: what each entry takes of them and gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from django.db.models import Sum

from pennywhistle.apps.invoices.models import Lot, LotMove
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.engines import tax as rules
from pennywhistle.engines.tax import Taken, return_newest, spend_oldest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from pennywhistle.apps.invoices.models import Supply
    from pennywhistle.apps.ledger.models import Account, Entry


@dataclass(slots=True)
class Lots:
    """Lots by account, oldest first; only people who paid in money that was taxed have any."""

    accounts: Mapping[int, Account]
    # The place in the log at which this batch begins.
    first_index: int
    by_account: dict[tuple[int, str], list[Lot]] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    # What the entries of this batch moved so far, by account.
    moved: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, user_ids: set[int], accounts: Mapping[int, Account], first_index: int) -> Self:
        """Those of these people, locked until the end of the transaction."""
        found = cls(accounts, first_index)
        lots = list(
            Lot.objects.filter(user__in=user_ids)
            .select_for_update(of=("self",))
            .select_related("supply", "entry")
            .order_by("id")
        )
        moved: dict[int, int] = {}
        for lot_id, amount in LotMove.objects.filter(lot__in=lots).values_list(
            "lot_id", "amount_micro"
        ):
            moved[lot_id] = moved.get(lot_id, 0) + amount
        for lot in lots:
            found.by_account.setdefault((lot.user_id, lot.currency), []).append(lot)
            found.left[lot.pk] = lot.amount_micro - moved.get(lot.pk, 0)
        return found

    def note(self, entry: Entry) -> None:
        """An entry of the batch is done with."""
        for number, amount in zip(entry.accounts, entry.amounts_micro, strict=True):
            self.moved[number] = self.moved.get(number, 0) + amount

    def balance_before(self, account_number: int) -> int:
        """What lay on an account when the entry came that is looked at."""
        earlier = Posting.objects.on([account_number]).filter(
            entry__leaf__log_index__lt=self.first_index
        )
        total = earlier.aggregate(total=Sum("amount_micro"))["total"]
        return int(total or 0) + self.moved.get(account_number, 0)

    def has_any(self, account_number: int) -> bool:
        """Whether this balance is kept by lots."""
        return bool(self._lots(account_number))

    def add(
        self,
        account_number: int,
        entry: Entry,
        amount_micro: int,
        supply: Supply | None,
        given_from: Lot | None = None,
    ) -> Lot:
        """Money that came in."""
        account = self.accounts[account_number]
        assert account.user_id is not None, "lots are of people"
        lot = Lot.objects.create(
            user_id=account.user_id,
            entry=entry,
            supply=supply,
            given_from=given_from,
            currency=account.currency,
            amount_micro=amount_micro,
        )
        self.by_account.setdefault((account.user_id, account.currency), []).append(lot)
        self.left[lot.pk] = amount_micro
        return lot

    def spend(self, account_number: int, entry: Entry, amount_micro: int) -> list[LotMove]:
        """Take of the oldest lots."""
        left = [rules.Lot(lot.pk, self.left[lot.pk]) for lot in self._lots(account_number)]
        return self._move(entry, spend_oldest(left, amount_micro))

    def pay_back(
        self, account_number: int, entry: Entry, amount_micro: int, *, keys: Sequence[str]
    ) -> list[LotMove]:
        """Take of the lots that the entries with these keys brought, in this order.

        What they do not hold was paid in before there were lots, or is of the newest others.
        """
        places = {key: place for place, key in enumerate(keys)}

        def _order(lot: Lot) -> tuple[int, bool, int]:
            place = places.get(lot.entry.key or "", len(keys))
            # The balance from before the first lot has that one's entry, but not its tax.
            is_last = (lot.supply_id is None) is (place < len(keys))
            return (place, is_last, -lot.pk)

        lots = sorted(self._lots(account_number), key=_order)
        left = [rules.Lot(lot.pk, self.left[lot.pk]) for lot in lots]
        return self._move(entry, spend_oldest(left, amount_micro))

    def give_back(
        self, entry: Entry, *, of_entry: UUID, amount_micro: int | None = None
    ) -> list[LotMove]:
        """Give back what another entry took, or so much of it."""
        moves = LotMove.objects.filter(entry=of_entry, lot__in=self.left).order_by("id")
        taken = [Taken(move.lot_id, move.amount_micro) for move in moves]
        whole = sum(each.amount_micro for each in taken)
        amount = whole if amount_micro is None else min(whole, amount_micro)
        return self._move(entry, return_newest(taken, amount))

    def free(self, account_number: int, entry: Entry, amount_micro: int) -> list[LotMove]:
        """Give back what was set aside, what was set aside last first."""
        return self._move(entry, return_newest(self._aside(account_number), amount_micro))

    def given(self, account_number: int, amount_micro: int) -> list[tuple[Lot, int]]:
        """Which lots an amount is of that was set aside and goes to somebody else.

        What was set aside last goes first; what is of no lot is not among them.
        """
        by_id = {lot.pk: lot for lot in self._lots(account_number)}
        taken = return_newest(self._aside(account_number), amount_micro)
        return [(by_id[each.lot_id], -each.amount_micro) for each in taken]

    def _aside(self, account_number: int) -> list[Taken]:
        """What was set aside, less what is free again and what was given away."""
        lots = [lot.pk for lot in self._lots(account_number)]
        moves = LotMove.objects.filter(lot__in=lots, entry__kind__in=["reserve", "unreserve"])
        given = Lot.objects.filter(given_from__in=lots).order_by("id")
        return [
            *(Taken(move.lot_id, move.amount_micro) for move in moves.order_by("id")),
            *(Taken(lot.given_from_id, -lot.amount_micro) for lot in given if lot.given_from_id),
        ]

    def _lots(self, account_number: int) -> list[Lot]:
        account = self.accounts[account_number]
        if account.user_id is None:
            return []
        return self.by_account.get((account.user_id, account.currency), [])

    def _move(self, entry: Entry, taken: list[Taken]) -> list[LotMove]:
        by_id = {lot.pk: lot for lots in self.by_account.values() for lot in lots}
        moves = []
        for each in taken:
            lot = by_id[each.lot_id]
            # No lot takes back more than it gave: some of it may be back already, by another entry.
            amount = max(each.amount_micro, self.left[lot.pk] - lot.amount_micro)
            if amount:
                self.left[lot.pk] -= amount
                moves.append(LotMove(lot=lot, entry=entry, amount_micro=amount))
        return LotMove.objects.bulk_create(moves)
