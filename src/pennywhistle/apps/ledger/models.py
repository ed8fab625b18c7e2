"""Accounts, entries, postings and balances.

An amount is seen from the account's holder: a positive posting is money that the store now owes
them, a negative one is money that it owes them no longer. Money that a payment provider holds for
the store is therefore negative. The postings of an entry sum to zero in each currency.

Python refuses with a sentence (`actions.py`); the database refuses whatever comes past it
(`migrations/0002_guards.py`, `0009_postings_within_entries.py`): unbalanced entries, unknown
accounts, foreign currencies, a balance below zero, and every change of what is written, so that no
posting comes later than its entry's others. Held and unclaimed money never falls below zero either,
and money that a buyer set aside, or that is disputed, lies on an account with a balance of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from pennywhistle.apps.parties.models import Party
from pennywhistle.kernel.purse import PurseKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pennywhistle.apps.users.models import User
    from pennywhistle.kernel.purse import Purse


_OF_NOBODY = Q(user__isnull=True, party__isnull=True)
_KINDS_WITH_CODE = ["clearing", "tax", "held", "unclaimed", "disputed", "expense"]


class AccountQuerySet(models.QuerySet["Account"]):
    def balance_of(self, *, user: User, currency: str) -> AccountQuerySet:
        """The buyer's prepaid balance in a currency: one account or none."""
        return self.filter(kind=Account.Kind.BALANCE, user=user, currency=currency)

    def reserved_of(self, *, user: User, currency: str) -> AccountQuerySet:
        """What the buyer has set aside in a currency: one account or none."""
        return self.filter(kind=Account.Kind.RESERVED, user=user, currency=currency)

    def payable_to(self, *, parties: models.QuerySet[Party]) -> AccountQuerySet:
        """What the store owes these parties."""
        return self.filter(kind=Account.Kind.PAYEE, party__in=parties)

    def of_purses(self, *, purses: Collection[Purse], currency: str) -> AccountQuerySet:
        """At least the accounts of these purses; others that share a kind and a code with them."""
        coded = [purse for purse in purses if purse.kind is not PurseKind.PAYEE]
        of_payees = Q(kind=Account.Kind.PAYEE, party__in={purse.party_id for purse in purses})
        of_others = Q(
            kind__in={purse.kind for purse in coded},
            party__isnull=True,
            code__in={purse.code for purse in coded},
        )
        return self.filter(of_payees | of_others, currency=currency, user__isnull=True)


class Account(models.Model):
    """One currency of one holder. Its number is dense: 0, 1, 2 … without a gap (proof.md)."""

    class Kind(models.TextChoices):
        BALANCE = "balance"  # a buyer's prepaid money
        RESERVED = "reserved"  # what a buyer has set aside of it, for pre-orders and gifts
        CLEARING = "clearing"  # money on its way, at a provider
        # What of a buyer's balance is kept apart while their bank takes the payment back; without
        # a user, what the provider of that code took for it and may give back. Together: nothing.
        DISPUTED = "disputed"
        EXPENSE = "expense"  # what the store lost or paid; its code says by what
        TRANSIT = "transit"  # payouts to payees that have not left the store's bank yet
        # Where a price goes; the kernel says what each is.
        PAYEE = PurseKind.PAYEE
        STORE = PurseKind.STORE
        TAX = PurseKind.TAX
        HELD = PurseKind.HELD
        UNCLAIMED = PurseKind.UNCLAIMED
        SUBSIDY = PurseKind.SUBSIDY

    number = models.IntegerField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    currency = models.CharField(max_length=3)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="accounts"
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="accounts")
    # Which provider, tax office, or money kept apart for what; empty for other kinds.
    code = models.CharField(max_length=80, blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "kind",
                "currency",
                "user",
                "party",
                "code",
                name="ledger_account_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="ledger_account_has_its_holder",
                condition=(
                    Q(
                        kind__in=["balance", "reserved", "disputed"],
                        user__isnull=False,
                        party__isnull=True,
                        code="",
                    )
                    | Q(kind="payee", user__isnull=True, party__isnull=False, code="")
                    | Q(_OF_NOBODY, kind__in=["store", "subsidy", "transit"], code="")
                    | Q(_OF_NOBODY, ~Q(code=""), kind__in=_KINDS_WITH_CODE)
                ),
            ),
            models.CheckConstraint(condition=Q(number__gte=0), name="ledger_account_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} {self.currency}"


class Entry(models.Model):
    """One event of the books; its postings say what moved."""

    class Kind(models.TextChoices):
        SALE = "sale"
        TOP_UP = "top_up"
        RELEASE = "release"  # money that was held or unclaimed goes to whom it belongs
        DISTRIBUTION = "distribution"  # a society passes on what its members' works earned
        REFUND = "refund"  # the exact negative of a sale: the buyer has the price again
        PAYBACK = "payback"  # money of a balance goes back to where it came from
        RESERVE = "reserve"  # a buyer sets money aside
        TAX = "tax"  # tax that a sale put aside goes elsewhere (`apps.invoices.settling`)
        BONUS = "bonus"  # the store adds to a top-up, or takes back with what is paid back
        UNRESERVE = "unreserve"  # it goes to a balance: the buyer's own, or whom it was given to
        DISPUTE = "dispute"  # a payment that the buyer's bank takes back, and how that ended
        FEE = "fee"  # what a provider keeps for itself
        SWEEP = "sweep"  # what a provider held for the store goes to the store's bank
        PAYOUT = "payout"  # off a payee's account and on its way, less what tax offices get
        SETTLED = "settled"  # it left the store's bank
        RETURNED = "returned"  # it did not arrive: it is on the payee's account again
        CONVERSION = "conversion"  # between two accounts of a payee, in each currency an entry

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # For events from outside that may be told twice; a sale's is its order's key.
    key = models.CharField(max_length=120, null=True)
    occurred_at = models.DateTimeField()
    # The buyer's account: its secret salts the entry's lines in the public log.
    # Without a foreign key, which would lock its row: the guard of 0009 checks that it exists, as
    # the postings' accounts do. Accounts can neither change nor go.
    subject = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    # What was sold, for how much and where; a distribution names its society alone.
    item = models.CharField(max_length=40, blank=True)
    price_micro = models.BigIntegerField(default=0)
    territory = models.CharField(max_length=2, blank=True)
    # Its postings, in the order of their lines, all in one currency: which account moves by how
    # much, in micro-units. A row is written at once or not at all: nothing is slipped in later.
    currency = models.CharField(max_length=3)
    accounts = ArrayField(models.IntegerField())
    amounts_micro = ArrayField(models.BigIntegerField())
    # The sale of which a refund is the exact negative: once (0011). Of no other entry.
    reverses = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="reversals",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "key", name="ledger_entry_key_once", condition=Q(key__isnull=False)
            ),
            models.UniqueConstraint(
                "reverses", name="ledger_entry_refunded_once", condition=Q(reverses__isnull=False)
            ),
            models.CheckConstraint(
                name="ledger_entry_refund_of_a_sale",
                condition=Q(kind="refund", reverses__isnull=False)
                | (~Q(kind="refund") & Q(reverses__isnull=True)),
            ),
            models.CheckConstraint(condition=Q(price_micro__gte=0), name="ledger_entry_price"),
        ]
        indexes = [
            GinIndex(
                "accounts",
                name="ledger_entry_accounts",
                fastupdate=True,
                gin_pending_list_limit=512,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PostingQuerySet(models.QuerySet["Posting"]):
    def on(self, accounts: Iterable[int] | models.QuerySet[Account]) -> PostingQuerySet:
        """What moved on these accounts, given as numbers or as a query for them.

        The index knows entries by their accounts; a filter by `account` alone reads all books.
        """
        if isinstance(accounts, models.QuerySet):
            numbers: Any = accounts.order_by().values("number")
        else:
            numbers = list(accounts)
        return self.filter(accounts__overlap=numbers, account__in=numbers)


class Posting(models.Model):
    """An amount on an account, in micro-units of the currency's unit (10⁻⁶).

    A row of a view: it stands in its entry (`migrations/0009_postings_within_entries.py`), which is
    what one writes. As rows of a table, with their indexes, postings cost four times as much.
    """

    pk = models.CompositePrimaryKey("account_id", "entry_id", "line")
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, related_name="+")
    entry = models.ForeignKey(Entry, on_delete=models.DO_NOTHING, related_name="postings")
    line = models.SmallIntegerField()
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # All accounts of its entry, by which the index finds it.
    accounts = ArrayField(models.IntegerField())

    objects = PostingQuerySet.as_manager()

    class Meta:
        managed = False

    def __str__(self) -> str:
        return f"{self.amount_micro} {self.currency} on {self.account_id}"


class Balance(models.Model):
    """A buyer's balance: the one row that a sale locks. Only the guard of entries writes it.

    What a buyer has set aside has one, too, and what is disputed of it.
    """

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True)
    amount_micro = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_micro__gte=0), name="ledger_balance_never_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_micro} on {self.account_id}"
