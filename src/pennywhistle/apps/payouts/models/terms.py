"""Thresholds and cadence, rates of exchange and of withholding tax, and payees' tax forms."""

from __future__ import annotations

from fractions import Fraction

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.payouts.limits import SOURCE_LENGTH_MAX
from pennywhistle.apps.rights.models import Evidence

RATE_DIGITS = 10


def recorded_by_field() -> models.ForeignKey[object, object]:
    """The column with who recorded a row."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class Cadence(models.TextChoices):
    """How often a payee is paid, at most."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class AccountTerms(models.Model):
    """From when on a payee wants an account paid how; the newest row holds. Written once."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payout_terms")
    # Of the currency in which it is paid.
    threshold_micro = models.BigIntegerField()
    cadence = models.CharField(max_length=10, choices=Cadence.choices)
    pay_currency = models.CharField(max_length=3)
    recorded_by = recorded_by_field()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold_micro__gte=0), name="payouts_terms_threshold"
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="payouts_terms_newest")]

    def __str__(self) -> str:
        return f"{self.threshold_micro} {self.pay_currency} each {self.cadence}"


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in another: whose rate, of which day. Written once."""

    of = models.CharField(max_length=3)
    into = models.CharField(max_length=3)
    factor = models.DecimalField(max_digits=20, decimal_places=RATE_DIGITS)
    source = models.CharField(max_length=SOURCE_LENGTH_MAX)
    day = models.DateField()
    recorded_by = recorded_by_field()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("of", "into", "day", name="payouts_exchange_rate_once"),
            models.CheckConstraint(
                condition=Q(factor__gt=0) & ~Q(of=F("into")) & ~Q(source=""),
                name="payouts_exchange_rate_right",
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.of} = {self.factor} {self.into} ({self.source}, {self.day})"


class WithholdingRate(models.Model):
    """What a state takes at the source of what its territory's uses earned. Closed, never edited.

    `residence` empty: of every payee without a better row. With one: of payees who live there and
    have a valid form that says so.
    """

    territory = models.CharField(max_length=2)
    residence = models.CharField(max_length=2, blank=True)
    # Of one: 0.300000 is 30 percent.
    rate = models.DecimalField(max_digits=7, decimal_places=6)
    # The law or treaty, and where it was read.
    source = models.CharField(max_length=SOURCE_LENGTH_MAX)
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    recorded_by = recorded_by_field()
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "territory",
                "residence",
                "first_day",
                name="payouts_withholding_rate_once",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1)
                & ~Q(source="")
                & (Q(last_day__isnull=True) | Q(last_day__gte=F("first_day"))),
                name="payouts_withholding_rate_right",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.territory}/{self.residence or '*'} {self.rate}"

    @property
    def share(self) -> Fraction:
        """The rate as an exact fraction."""
        return Fraction(self.rate)


class TaxForm(models.Model):
    """A payee's form for a state's tax office, such as W-8BEN. It expires. Closed, never edited."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="tax_forms")
    # Whose tax office, and where the payee lives by it.
    territory = models.CharField(max_length=2)
    residence = models.CharField(max_length=2)
    name = models.CharField(max_length=60)
    first_day = models.DateField()
    last_day = models.DateField()
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    recorded_by = recorded_by_field()
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")) & ~Q(name=""), name="payouts_form_right"
            ),
        ]
        indexes = [models.Index("party", "territory", name="payouts_form_of_party")]

    def __str__(self) -> str:
        return f"{self.name} of {self.party}, {self.first_day} to {self.last_day}"
