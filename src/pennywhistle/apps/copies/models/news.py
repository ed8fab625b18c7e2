"""What suppliers are to hear of: noted with what happened, told afterwards, each person once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.copies.models.conflicts import Conflict, Ruling
from pennywhistle.apps.parties.models import Party


class News(models.Model):
    """A supplier is to hear of a conflict, or of its ruling."""

    conflict = models.ForeignKey(Conflict, on_delete=models.PROTECT, related_name="news")
    # Empty: that it was opened.
    ruling = models.ForeignKey(Ruling, on_delete=models.PROTECT, null=True, related_name="+")
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    # When it was put into the mailbox, and noted who is to get a mail.
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conflict", "ruling", "supplier"],
                name="copies_news_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index("id", name="copies_news_untold", condition=Q(told_at__isnull=True)),
        ]
        verbose_name_plural = "news"

    def __str__(self) -> str:
        return f"{self.conflict} for {self.supplier}"


class Letter(models.Model):
    """Somebody who acts for a supplier is told of news by mail: once, however often tried."""

    news = models.ForeignKey(News, on_delete=models.PROTECT, related_name="letters")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("news", "user", name="copies_letter_once"),
        ]
        indexes = [
            models.Index(
                "try_count", "id", name="copies_letter_waits", condition=Q(sent_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is told of {self.news}"
