"""Where a payee's money goes, every version of it; and who is to be told by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.payouts.limits import ACCOUNT_LENGTH_MAX, HOLDER_LENGTH_MAX

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_SHOWN = 4


class DetailsQuerySet(models.QuerySet["Details"]):
    def of(self, *, parties: Collection[int] | models.QuerySet[Party]) -> DetailsQuerySet:
        """All that these parties ever said, newest first."""
        return self.filter(party__in=parties).order_by("-id")

    def usable(self, *, at: datetime) -> DetailsQuerySet:
        """Those whose wait was over by then, the newest first; none that were replaced in it.

        The first of a party is in force, unless it is closed: then money came back from there.
        """
        return (
            self.filter(usable_at__lte=at)
            .exclude(closed_at__lte=F("usable_at"))
            .order_by("party_id", "-usable_at", "-id")
        )

    def waiting(self, *, at: datetime) -> DetailsQuerySet:
        """Those that were entered, and wait."""
        return self.filter(usable_at__gt=at, closed_at__isnull=True)


class Details(models.Model):
    """A payee's bank details, written once.

    They are closed where others took their place before their wait was over, or when money came
    back from there.
    """

    class Kind(models.TextChoices):
        IBAN = "iban"
        OTHER = "other"  # an account as its bank writes it, in words

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="payout_details")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    holder = models.CharField(max_length=HOLDER_LENGTH_MAX)
    # ISO 3166-1 alpha-2 of where the holder lives.
    country = models.CharField(max_length=2)
    # An IBAN without spaces.
    account = models.CharField(max_length=ACCOUNT_LENGTH_MAX)
    bic = models.CharField(max_length=11, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    usable_at = models.DateTimeField()
    # Who was told of them, the old addresses too: whoever changes the next ones, these hear of it.
    told = ArrayField(models.EmailField())
    closed_at = models.DateTimeField(null=True)

    objects = DetailsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "details"
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="iban") | Q(account__regex=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"),
                name="payouts_details_iban",
            ),
            models.CheckConstraint(
                condition=~Q(holder="") & ~Q(account="") & Q(country__regex=r"^[A-Z]{2}$"),
                name="payouts_details_whole",
            ),
            models.CheckConstraint(
                condition=Q(usable_at__gt=F("entered_at")), name="payouts_details_wait"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.masked}"

    @property
    def masked(self) -> str:
        """The account, as it may stand on a page: its first and last characters."""
        text = self.account
        if self.kind != self.Kind.IBAN:
            return f"… {text[-_SHOWN:]}" if len(text) > 2 * _SHOWN else "…"
        return f"{text[:_SHOWN]} … {text[-_SHOWN:]}"


class Letter(models.Model):
    """Somebody is told by mail: once, however often tried.

    `email` may be an address that the person had before: of a change the old ones hear as well.
    """

    class About(models.TextChoices):
        DETAILS = "details"  # others were entered
        SENT = "sent"
        RETURNED = "returned"

    about = models.CharField(max_length=10, choices=About.choices)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    details = models.ForeignKey(Details, on_delete=models.PROTECT, related_name="+")
    payout = models.ForeignKey(
        "payouts.Payout", on_delete=models.PROTECT, null=True, related_name="letters"
    )
    noted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "about",
                "details",
                "payout",
                "email",
                name="payouts_letter_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                "try_count", "id", name="payouts_letter_waits", condition=Q(sent_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} to {self.email}"
