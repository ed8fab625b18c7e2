"""Sales reports that were made for licensors and record companies, and secret feeds of sales."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.models import Party


class SalesReportQuerySet(models.QuerySet["SalesReport"]):
    def of_same(self, *, report: SalesReport) -> SalesReportQuerySet:
        """Those of the same recipient, profile and currency."""
        return self.filter(party=report.party_id, profile=report.profile, currency=report.currency)

    def sent_about(self, *, report: SalesReport) -> SalesReportQuerySet:
        """What was sent before about any of a report's days, and still stands."""
        overlapping = Q(first_on__lte=report.last_on, last_on__gte=report.first_on)
        return self.of_same(report=report).filter(
            overlapping, sent_at__isnull=False, replaced_by__sent_at__isnull=True
        )


class SalesReport(models.Model):
    """A report by DDEX DSR, as it was made; made again it has the same figures and another id.

    It is sent at most once. A second report about days that were told of before is only sent if
    it says which one it `replaces`, and why.
    """

    class Profile(models.TextChoices):
        BASIC = "basic", gettext_noop("Society or publisher (DSR Part 3)")
        FINANCIAL = "financial", gettext_noop("Record company (DSR Part 9)")
        MLC = "mlc", gettext_noop("The Mechanical Licensing Collective (DSR Part 11)")

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="sales_reports")
    profile = models.CharField(max_length=10, choices=Profile.choices)
    currency = models.CharField(max_length=3)
    first_on = models.DateField()
    last_on = models.DateField()
    # MessageId of the file; never used again.
    message_id = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=200)
    # Where the file lies (`reporting.reports_folder`), and what its figures are.
    sha256 = models.CharField(max_length=64)
    figures_sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    line_count = models.IntegerField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by"
    )
    note = models.CharField(max_length=500, blank=True)

    objects = SalesReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="statements_report_days"
            ),
            # The action also looks for days that overlap; the same days can never be sent twice.
            models.UniqueConstraint(
                "party",
                "profile",
                "currency",
                "first_on",
                "last_on",
                name="statements_report_sent_once",
                condition=Q(sent_at__isnull=False, replaces__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(note=""),
                name="statements_report_says_why",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | Q(sent_at__isnull=False),
                name="statements_report_replaces_when_sent",
            ),
        ]
        indexes = [models.Index(fields=["party", "-id"], name="statements_report_newest")]

    def __str__(self) -> str:
        return self.file_name


class SalesFeed(models.Model):
    """A person's secret address at which a feed reader finds the sales of an account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account",
                "user",
                name="statements_feed_once",
                condition=Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"feed of {self.account} for {self.user}"
