"""The store's own bank account: transfers that were announced, what statements say, what goes out.

What the bank said (`BankStatement`, `BankEntry`) and how each of its entries ended (`BankEnd`) is
written once. An entry without an end waits for a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

reason_length_max = 500


class BankTransfer(models.Model):
    """A top-up that a buyer means to pay by transfer, and the reference that it has to carry."""

    top_up = models.OneToOneField("payments.TopUp", on_delete=models.PROTECT, primary_key=True)
    reference = models.CharField(max_length=25, unique=True)
    # Another amount may come, and counts.
    announced_micro = models.BigIntegerField()
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference


class BankStatementQuerySet(models.QuerySet["BankStatement"]):
    def with_balance(self, *, account: str, currency: str) -> BankStatementQuerySet:
        """Those that say what the account held at their end, the oldest first."""
        return self.filter(
            account=account, currency=currency, closing_micro__isnull=False, closed_on__isnull=False
        ).order_by("closed_on", "id")


class BankStatement(models.Model):
    """One statement of a file that was read; the same file again is the same statements."""

    sha256 = models.CharField(max_length=64)
    # Of the statements of the file, from 0.
    ordinal = models.SmallIntegerField()
    form = models.CharField(max_length=8)
    source_name = models.CharField(max_length=200)
    account = models.CharField(max_length=34)
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=140, blank=True)
    opening_micro = models.BigIntegerField(null=True)
    closing_micro = models.BigIntegerField(null=True)
    closed_on = models.DateField(null=True)
    line_count = models.IntegerField()
    # Lines that no file before it had.
    new_count = models.IntegerField()
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = BankStatementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("sha256", "ordinal", name="payments_bankstatement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source_name} {self.name}"


class BankEntryQuerySet(models.QuerySet["BankEntry"]):
    def open(self) -> BankEntryQuerySet:
        """Those that nothing and nobody has explained, the oldest first."""
        return self.filter(end__isnull=True).order_by("booked_on", "id")

    def of_account(self, *, account: str, currency: str) -> BankEntryQuerySet:
        """What moved on an account."""
        return self.filter(account=account, currency=currency)


class BankEntry(models.Model):
    """Money that came to the store's account (above zero) or left it, as the bank booked it."""

    # A hash of what it says (`engines.bankfile.names_of`): in however many files it stands.
    name = models.CharField(max_length=64, unique=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=34)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    bank_ref = models.CharField(max_length=140, blank=True)
    reference = models.CharField(max_length=140, blank=True)
    end_to_end = models.CharField(max_length=140, blank=True)
    text = models.CharField(max_length=1_000, blank=True)
    other_name = models.CharField(max_length=140, blank=True)
    other_iban = models.CharField(max_length=34, blank=True)
    is_return = models.BooleanField(default=False)
    return_reason = models.CharField(max_length=140, blank=True)
    read_at = models.DateTimeField()

    objects = BankEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount_micro=0), name="payments_bankentry_moves_something"
            ),
        ]
        indexes = [models.Index(fields=["booked_on", "id"], name="payments_bankentry_by_day")]

    def __str__(self) -> str:
        return f"{self.amount} on {self.booked_on}"

    @property
    def amount(self) -> Money:
        """What came, or left."""
        return Money(self.amount_micro, self.currency)

    @property
    def words(self) -> str:
        """All that its payer may have written."""
        return " ".join(
            each for each in (self.reference, self.end_to_end, self.text, self.bank_ref) if each
        )


class BankEnd(models.Model):
    """How an entry ended: once, by the program (`user` null) or by a person, and why."""

    class How(models.TextChoices):
        CREDITED = "credited"  # on a buyer's balance
        SENT = "sent"  # it is a transfer that the store ordered
        RETURNED = "returned"  # such a transfer came back
        SWEPT = "swept"  # it is what a payment provider paid out to the store
        FEE = "fee"  # the bank's, or its interest
        OWN = "own"  # the store's own money, in or out
        BACK = "back"  # nobody's money; it goes back to whom it came from
        PAYEE = "payee"  # an earned payout, or one that came back

    entry = models.OneToOneField(
        BankEntry, on_delete=models.PROTECT, primary_key=True, related_name="end"
    )
    how = models.CharField(max_length=10, choices=How.choices)
    reason = models.CharField(max_length=reason_length_max)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    top_up = models.ForeignKey(
        "payments.TopUp", on_delete=models.PROTECT, null=True, related_name="bank_ends"
    )
    order = models.ForeignKey(
        "payments.BankOrder", on_delete=models.PROTECT, null=True, related_name="ends"
    )
    # Of the entry in the books, where there is one.
    ledger_key = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="payments_bankend_says_why"),
            models.CheckConstraint(
                condition=~Q(how="credited") | Q(top_up__isnull=False, ledger_key__gt=""),
                name="payments_bankend_credited_to",
            ),
            models.UniqueConstraint(
                "order",
                "how",
                name="payments_bankend_of_order_once",
                condition=Q(order__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.how} {self.entry_id}"


class BankOrderQuerySet(models.QuerySet["BankOrder"]):
    def to_order(self) -> BankOrderQuerySet:
        """Those that were not yet given to the bank, the oldest first."""
        return self.filter(state=BankOrder.State.CREATED).order_by("id")

    def open(self) -> BankOrderQuerySet:
        """Those that no statement has shown."""
        return self.filter(state__in=[BankOrder.State.CREATED, BankOrder.State.ORDERED])

    def named_in(self, words: Iterable[str]) -> BankOrderQuerySet:
        """Those whose name stands among these words."""
        return self.filter(name__in=list(words))


class BankOrder(models.Model):
    """A transfer that a person has to give to the bank: money that goes back to who sent it."""

    class State(models.TextChoices):
        CREATED = "created"
        ORDERED = "ordered"  # in a file that somebody fetched for the bank
        DONE = "done"  # on a statement
        FAILED = "failed"

    key = models.CharField(max_length=64, unique=True)
    # Its end-to-end reference, by which statements show it.
    name = models.CharField(max_length=35, unique=True)
    top_up = models.ForeignKey("payments.TopUp", on_delete=models.PROTECT, null=True)
    # What came by no top-up.
    entry = models.OneToOneField(BankEntry, on_delete=models.PROTECT, null=True)
    to_name = models.CharField(max_length=140)
    to_iban = models.CharField(max_length=34)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    reason = models.CharField(max_length=reason_length_max, blank=True)
    made_at = models.DateTimeField()
    ordered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = BankOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0), name="payments_bankorder_positive"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(reason=""), name="payments_bankorder_failed_why"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def amount(self) -> Money:
        """What goes out."""
        return Money(self.amount_micro, self.currency)
