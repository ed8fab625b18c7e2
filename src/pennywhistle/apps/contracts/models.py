"""Contracts between two payees, their terms as both sides accepted them, and what was passed on.

A contract's terms are versions. Each says everything anew and holds from its first day, once the
other side has accepted it; what was accepted is never edited.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.payout import Reserve, Step
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class ContractQuerySet(models.QuerySet["Contract"]):
    def of_parties(self, *, parties: models.QuerySet[Party]) -> ContractQuerySet:
        """Those in which one of these parties owes or is owed."""
        return self.filter(Q(payer__in=parties) | Q(payee__in=parties))

    def seen_by(self, *, user: User) -> ContractQuerySet:
        """Those that this person acts for, on either side."""
        return self.of_parties(parties=Party.objects.acted_for_by(user=user))

    def owed_by(self, *, party_id: int, currency: str) -> ContractQuerySet:
        """Those of which a party owes, in a currency, with terms in force now or once."""
        return self.filter(
            payer=party_id, currency=currency, terms__accepted_at__isnull=False
        ).distinct()


class Contract(models.Model):
    """One party (a label) owes another (an artist, a producer) a part of what it earns."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    payer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="contracts_owed")
    payee = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="contracts_held")
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=200)
    opened_at = models.DateTimeField()

    objects = ContractQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(payer=F("payee")), name="contracts_contract_of_two"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TermsQuerySet(models.QuerySet["Terms"]):
    def accepted(self) -> TermsQuerySet:
        """Those that both sides agreed to."""
        return self.filter(accepted_at__isnull=False)

    def waiting(self) -> TermsQuerySet:
        """Those that the other side has neither accepted nor refused."""
        return self.filter(accepted_at__isnull=True, closed_at__isnull=True)


class Terms(models.Model):
    """A version of a contract, proposed by one side and accepted by the other.

    `steps` are pairs of a base and a share: of what the payer earns above so many micro-units, the
    payee is due this part ("1/2"). `reserve_steps` are pairs of months and a part of the reserve
    that is released so many months after the month of the sale.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="terms")
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    # The first day that is no longer of it; empty: until further notice.
    ends_on = models.DateField(null=True)
    # Of which releases; none: of everything that the payer earns.
    releases = models.ManyToManyField(Release, related_name="+")
    steps = models.JSONField()
    advance_micro = models.BigIntegerField(default=0)
    advance_on = models.DateField(null=True)
    # At least this much is due in all, from this day on.
    guarantee_micro = models.BigIntegerField(default=0)
    guarantee_on = models.DateField(null=True)
    reserve_numerator = models.BigIntegerField(default=0)
    reserve_denominator = models.BigIntegerField(default=1)
    reserve_steps = models.JSONField(default=list)
    # Contracts of one group are recouped together (cross-collateral); empty: this one alone.
    group = models.CharField(max_length=80, blank=True)
    # Whether the store passes on what is payable, from the payer's account to the payee's.
    is_paid_by_store = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    accepter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True)
    # When it was refused, or withdrawn, before it was accepted.
    closed_at = models.DateTimeField(null=True)

    objects = TermsQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("contract", "number", name="contracts_terms_number_once"),
            models.UniqueConstraint(
                "contract",
                name="contracts_terms_one_waits",
                condition=Q(accepted_at__isnull=True, closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="contracts_terms_days",
            ),
            models.CheckConstraint(
                condition=Q(advance_micro=0, advance_on__isnull=True)
                | Q(advance_micro__gt=0, advance_on__lte=F("starts_on")),
                name="contracts_terms_advance_first",
            ),
            models.CheckConstraint(
                condition=Q(guarantee_micro=0, guarantee_on__isnull=True)
                | Q(guarantee_micro__gt=0, guarantee_on__gte=F("starts_on")),
                name="contracts_terms_guarantee",
            ),
            models.CheckConstraint(
                condition=Q(reserve_numerator__gte=0, reserve_denominator__gt=0)
                & Q(reserve_numerator__lt=F("reserve_denominator")),
                name="contracts_terms_reserve",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepter__isnull=True)
                | Q(accepted_at__isnull=False, accepter__isnull=False, closed_at__isnull=True),
                name="contracts_terms_accepted_by_somebody",
            ),
        ]
        ordering = ["contract_id", "number"]

    def __str__(self) -> str:
        return f"{self.contract}, {self.number}"

    @property
    def step_list(self) -> tuple[Step, ...]:
        """The steps as the engine takes them."""
        return tuple(Step(int(base), Fraction(share)) for base, share in self.steps)

    @property
    def reserve(self) -> Reserve:
        """What is kept back of each month, and when it is released."""
        return Reserve(
            Fraction(self.reserve_numerator, self.reserve_denominator),
            tuple((int(months), Fraction(part)) for months, part in self.reserve_steps),
        )

    @property
    def advance(self) -> Money:
        """What was paid before it was earned."""
        return Money(self.advance_micro, self.contract.currency)

    @property
    def guarantee(self) -> Money:
        """The least that is due in all."""
        return Money(self.guarantee_micro, self.contract.currency)


class PassedOn(models.Model):
    """What the store moved from the payer's account to the payee's, by one entry of the books."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="passed_on")
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    amount_micro = models.BigIntegerField()
    # Up to where in the log sales were counted.
    end_index = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("contract", "end_index", name="contracts_passed_on_once"),
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0), name="contracts_passed_on_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_micro} of {self.contract}"
