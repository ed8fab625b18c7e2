"""Societies, and what they distributed. A distribution is written once, and never edited.

Whoever has mandated a society is its member: the mandate in the register of rights is the
membership, so that the two cannot contradict each other (docs/decisions/0009).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Evidence

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class SocietyQuerySet(models.QuerySet["Society"]):
    def acted_for_by(self, *, user: User) -> SocietyQuerySet:
        """The societies whose studio this person may open, by name."""
        mine = Party.objects.acted_for_by(user=user)
        return self.filter(party__in=mine).select_related("party").order_by("party__name")


class Society(models.Model):
    """A party that licenses for its members and distributes to them, by rules that it states."""

    party = models.OneToOneField(
        Party, on_delete=models.PROTECT, primary_key=True, related_name="society"
    )
    about = models.TextField(blank=True)
    # What it keeps of its members' money, and what for. Each distribution states its own.
    deduction_numerator = models.BigIntegerField(default=0)
    deduction_denominator = models.BigIntegerField(default=1)
    deduction_for = models.CharField(max_length=200, blank=True)
    # The last day of its financial year; the last of February is the 29th.
    year_ends_month = models.PositiveSmallIntegerField(default=12)
    year_ends_day = models.PositiveSmallIntegerField(default=31)
    rules = models.TextField(blank=True)

    objects = SocietyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deduction_numerator__gte=0)
                & Q(deduction_denominator__gt=0)
                & Q(deduction_numerator__lt=F("deduction_denominator")),
                name="societies_society_deduction",
            ),
            models.CheckConstraint(
                condition=Q(deduction_numerator=0) | ~Q(deduction_for=""),
                name="societies_society_deduction_is_for",
            ),
            models.CheckConstraint(
                condition=Q(year_ends_month__range=(1, 12), year_ends_day__range=(1, 31)),
                name="societies_society_year_ends",
            ),
        ]

    def __str__(self) -> str:
        return str(self.party)

    @property
    def deduction(self) -> Fraction:
        """The exact part that it keeps."""
        return Fraction(self.deduction_numerator, self.deduction_denominator)


class DistributionQuerySet(models.QuerySet["Distribution"]):
    def of_society(self, *, society_id: int) -> DistributionQuerySet:
        """Its distributions, newest first."""
        return self.filter(society=society_id).order_by("-id")

    def last_of(self, *, society_id: int, currency: str) -> Distribution | None:
        """Its last one in a currency."""
        return self.of_society(society_id=society_id).filter(currency=currency).first()

    def to_parties_of(self, *, user: User) -> DistributionQuerySet:
        """Those in which a party that this person acts for got something, newest first."""
        mine = Party.objects.acted_for_by(user=user)
        lines = DistributionLine.objects.filter(party__in=mine)
        return self.filter(id__in=lines.values("distribution")).order_by("-id")


class Distribution(models.Model):
    """What a society got for the use of works in a stretch of the log, and to whom it went.

    `gross` and what earlier ones carried over are deducted, paid, kept for whoever claims it, and
    carried over, to the micro-unit. The deduction and what is carried over stay on the society's
    account. The database adds it all up (migration 0002_guards).
    """

    society = models.ForeignKey(Society, on_delete=models.PROTECT, related_name="distributions")
    currency = models.CharField(max_length=3)
    # Sales up to here, which are the places of the log from `first_index` to before `end_index`.
    period_end = models.DateTimeField()
    first_index = models.BigIntegerField()
    end_index = models.BigIntegerField()
    distributed_at = models.DateTimeField()
    deduction_numerator = models.BigIntegerField()
    deduction_denominator = models.BigIntegerField()
    deduction_for = models.CharField(max_length=200, blank=True)
    rules = models.TextField(blank=True)
    # What came in by the books, and what was carried over from the one before.
    gross_micro = models.BigIntegerField()
    brought_micro = models.BigIntegerField()
    deduction_micro = models.BigIntegerField()
    paid_micro = models.BigIntegerField()
    unclaimed_micro = models.BigIntegerField()
    carried_micro = models.BigIntegerField()
    line_count = models.IntegerField()
    entry_count = models.IntegerField()

    objects = DistributionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    gross_micro=F("deduction_micro")
                    + F("paid_micro")
                    + F("unclaimed_micro")
                    + F("carried_micro")
                    - F("brought_micro")
                ),
                name="societies_distribution_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(deduction_micro__gte=0, paid_micro__gte=0, unclaimed_micro__gte=0),
                name="societies_distribution_gives",
            ),
            models.CheckConstraint(
                condition=Q(end_index__gt=F("first_index")) & Q(first_index__gte=0),
                name="societies_distribution_stretch",
            ),
            models.UniqueConstraint(
                fields=["society", "currency", "first_index"],
                name="societies_distribution_once",
            ),
        ]

    def __str__(self) -> str:
        return f"distribution {self.pk} of {self.society_id}"

    @property
    def deduction(self) -> Fraction:
        """The exact part that was kept."""
        return Fraction(self.deduction_numerator, self.deduction_denominator)


class DistributionEntry(models.Model):
    """An entry of the books by which a distribution moved money; large ones need several."""

    distribution = models.ForeignKey(Distribution, on_delete=models.PROTECT, related_name="entries")
    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="distribution"
    )

    def __str__(self) -> str:
        return f"entry {self.entry_id} of {self.distribution}"


class DistributionLineQuerySet(models.QuerySet["DistributionLine"]):
    def of(self, *, distribution: Distribution) -> DistributionLineQuerySet:
        """One distribution's, as they were divided."""
        return self.filter(distribution=distribution).order_by("number")

    def to_party(self, *, party_id: int) -> DistributionLineQuerySet:
        """What one member got."""
        return self.filter(party=party_id)


class DistributionLine(models.Model):
    """What one work, used in one territory, brought one recipient in a distribution."""

    class Kind(models.TextChoices):
        PAID = "paid"  # to a member, or another society that mandated this one
        UNCLAIMED = "unclaimed"  # kept for whoever it belongs to; `reason` says why
        CARRIED = "carried"  # on the society's account until the next one; `reason` says why

    distribution = models.ForeignKey(Distribution, on_delete=models.PROTECT, related_name="lines")
    number = models.IntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="+")
    territory = models.CharField(max_length=2, blank=True)
    # Whose shares of that instant divided it: the first use of a stretch in which none changed.
    used_at = models.DateTimeField()
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, related_name="distribution_lines"
    )
    reason = models.CharField(max_length=20, blank=True)
    # Where the net went; empty for what is carried over.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    gross_micro = models.BigIntegerField()
    deduction_micro = models.BigIntegerField()
    net_micro = models.BigIntegerField()

    objects = DistributionLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("distribution", "number", name="societies_line_once"),
            models.CheckConstraint(
                condition=Q(gross_micro=F("deduction_micro") + F("net_micro")),
                name="societies_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(kind="paid", party__isnull=False, account__isnull=False, reason="")
                | Q(~Q(reason=""), kind="unclaimed", party__isnull=True, account__isnull=False)
                | Q(~Q(reason=""), kind="carried", party__isnull=True, account__isnull=True),
                name="societies_line_has_its_recipient",
            ),
            models.CheckConstraint(
                condition=Q(gross_micro__gte=0, deduction_micro__gte=0, net_micro__gte=0)
                | Q(kind="carried", deduction_micro=0),
                name="societies_line_gives",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.net_micro} for {self.work} in {self.territory}"


class LatePayment(models.Model):
    """A part of what a distribution kept for nobody went to its owner later. Written once.

    The gross comes off the line's account; the deduction stays with the society.
    """

    line = models.ForeignKey(
        DistributionLine, on_delete=models.PROTECT, related_name="late_payments"
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="late_payments")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="late_payments")
    gross_micro = models.BigIntegerField()
    deduction_micro = models.BigIntegerField()
    paid_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(deduction_micro__gte=0, gross_micro__gt=0)
                & Q(deduction_micro__lte=F("gross_micro")),
                name="societies_late_payment_gives",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross_micro} of {self.line} to {self.party}"

    @property
    def net_micro(self) -> int:
        """What reached the member."""
        return self.gross_micro - self.deduction_micro


class TakenBack(models.Model):
    """A part of what a distribution gave somebody came back, because it was not the society's.

    A settlement or a correction had taken it from the society's account. `party` is who gives it
    back, None: what the line keeps for nobody. The deduction of then is the society's to give.
    """

    line = models.ForeignKey(DistributionLine, on_delete=models.PROTECT, related_name="taken_back")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="taken_back")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="taken_back")
    # Of which use the society owed it; empty where that is not known.
    territory = models.CharField(max_length=2, blank=True)
    gross_micro = models.BigIntegerField()
    deduction_micro = models.BigIntegerField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gross_micro__gt=0, deduction_micro=0)
                | Q(
                    party__isnull=False,
                    gross_micro__gt=0,
                    deduction_micro__gte=0,
                    deduction_micro__lte=F("gross_micro"),
                ),
                name="societies_taken_back_takes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross_micro} of {self.line} back"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> ProposalQuerySet:
        """Those that wait for an operator, the oldest first."""
        return self.filter(state=Proposal.State.OPEN).order_by("id")


class Proposal(models.Model):
    """What a society asks the store to record: nothing of it holds before an operator accepts."""

    class Kind(models.TextChoices):
        LICENSE = "license"  # a tariff, and a license to the store by it
        MEMBER = "member"  # the mandate of a party for whom the society's word is not enough

    class State(models.TextChoices):
        OPEN = "open", gettext_noop("Waits for the store")
        ACCEPTED = "accepted", gettext_noop("Accepted")
        REFUSED = "refused", gettext_noop("Refused")

    society = models.ForeignKey(Society, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    # As `proposals.py` writes and reads them.
    terms = models.JSONField()
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    # Why it was refused.
    reason = models.CharField(max_length=2_000, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True, reason="")
                | Q(state="accepted", decided_at__isnull=False, reason="")
                | Q(~Q(reason=""), state="refused", decided_at__isnull=False),
                name="societies_proposal_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} proposed by {self.society}"
