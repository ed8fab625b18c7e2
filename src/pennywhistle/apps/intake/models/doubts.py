"""Doubts about delivered files: what a judgement found, what was answered, what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_noop

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Evidence
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


def last_kind() -> Subquery:
    """Of a doubt: the kind of what was said last, or nothing."""
    words = DoubtWord.objects.filter(doubt=OuterRef("pk")).order_by("-id")
    return Subquery(words.values("kind")[:1])


def last_decision() -> Subquery:
    """Of a doubt: what an operator decided last, whatever was answered since; or nothing."""
    words = DoubtWord.objects.filter(doubt=OuterRef("pk"), kind__in=DoubtWord.DECISIONS)
    return Subquery(words.order_by("-id").values("kind")[:1])


class DoubtQuerySet(models.QuerySet["Doubt"]):
    def about_files_of(self, *, user: User) -> DoubtQuerySet:
        """Those about files of the parties that this person acts for."""
        return self.filter(supplier__in=Party.objects.acted_for_by(user=user))

    def holding(self) -> DoubtQuerySet:
        """Those that keep what they are about from being published."""
        return self.filter(closed_at__isnull=True)

    def waiting(self) -> DoubtQuerySet:
        """Those that an operator has not decided, or that were answered since; oldest first."""
        is_undecided = Q(last_kind__isnull=True) | Q(last_kind=DoubtWord.Kind.ANSWER)
        found = self.holding().annotate(last_kind=last_kind()).filter(is_undecided)
        return found.order_by("id")

    def decided(self) -> DoubtQuerySet:
        """Those about which an operator's word was the last, the newest first."""
        found = self.annotate(last_kind=last_kind())
        return found.filter(last_kind__in=DoubtWord.DECISIONS).order_by("-id")


class Doubt(models.Model):
    """A serious finding about a file's content, as one supplier delivers it.

    It belongs to the content: delivered again by the same supplier, it is the same doubt, and what
    was decided holds. It is closed when an operator lets the file be published.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="doubts")
    sha256 = models.CharField(max_length=64)
    code = models.CharField(max_length=40)
    # As `engines.audio.judgement.Finding` says it, and the path under which it was delivered first.
    finding = models.JSONField()
    path = models.CharField(max_length=1000)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = DoubtQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("supplier", "sha256", "code", name="intake_doubt_once"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="intake_doubt_sha256"
            ),
        ]
        indexes = [
            models.Index("id", name="intake_doubt_holding", condition=Q(closed_at__isnull=True)),
            models.Index("sha256", name="intake_doubt_by_content"),
            models.Index("opened_at", name="intake_doubt_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.path}"


class DoubtWord(models.Model):
    """An answer of the supplier, or a decision of the operator; nothing said is taken back."""

    class Kind(models.TextChoices):
        ANSWER = "answer", gettext_noop("Answered by the supplier")
        UPHELD = "upheld", gettext_noop("Refused")
        OVERRULED = "overruled", gettext_noop("The finding is mistaken")
        ACCEPTED = "accepted", gettext_noop("The finding is right, and may be published")

    # After these a file may be published; of the second the shop does not say “checked”.
    LETTING = ("overruled", "accepted")
    DECISIONS = ("upheld", "overruled", "accepted")

    doubt = models.ForeignKey(Doubt, on_delete=models.PROTECT, related_name="words")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    text = models.CharField(max_length=2_000)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, related_name="+")
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="intake_doubt_word_says_why"),
            # What was let through is let through.
            models.UniqueConstraint(
                "doubt",
                name="intake_doubt_let_through_once",
                condition=Q(kind__in=("overruled", "accepted")),
            ),
        ]
        indexes = [models.Index("said_at", name="intake_doubt_word_by_day")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} about {self.doubt}"


class DoubtLetter(models.Model):
    """Somebody who acts for a supplier is told of a doubt, or of a decision, by mail: once."""

    doubt = models.ForeignKey(Doubt, on_delete=models.PROTECT, related_name="letters")
    # The decision; nothing where the doubt was opened.
    word = models.ForeignKey(DoubtWord, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "doubt", "word", "user", name="intake_doubt_letter_once", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(
                "try_count",
                "id",
                name="intake_doubt_letter_waits",
                condition=Q(sent_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is told of {self.word or self.doubt}"
