"""Conflicts: content of one supplier that sounds like another's, or like what is blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.copies.models.blocks import Block
from pennywhistle.apps.copies.models.sounds import Sound
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models.evidence import evidence_field

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class ConflictQuerySet(models.QuerySet["Conflict"]):
    def undecided(self) -> ConflictQuerySet:
        """Those that wait for a ruling; what an ended block held waits for nothing."""
        return self.filter(~Exists(_standing_rulings()), block__end__isnull=True)

    def decided(self) -> ConflictQuerySet:
        """Those with a ruling, or whose block was ended."""
        return self.filter(Exists(_standing_rulings()) | Q(block__end__isnull=False))

    def holding(self) -> ConflictQuerySet:
        """Those that keep the newcomer's content from being published: undecided, or refused."""
        freed = _standing_rulings().exclude(verdict=Ruling.Verdict.NEWCOMER_REFUSED)
        return self.filter(~Exists(freed), block__end__isnull=True)

    def told_to(self, *, user: User) -> ConflictQuerySet:
        """Those in which this person acts for one of the two suppliers."""
        mine = Party.objects.acted_for_by(user=user)
        return self.filter(Q(newcomer__in=mine) | Q(holder__in=mine))


def _standing_rulings() -> models.QuerySet[Ruling]:
    return Ruling.objects.filter(conflict=OuterRef("pk"), closed_at__isnull=True)


class Conflict(models.Model):
    """What the newcomer delivered is, or contains, a recording that the holder delivered before.

    Or one on the blocklist: then `block` says which, and there is no holder. One row for each
    content and each other party; `matches` say where. Written once: rulings decide it.
    """

    sound = models.ForeignKey(Sound, on_delete=models.PROTECT, related_name="conflicts")
    newcomer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    newcomer_at = models.DateTimeField()
    holder = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="+")
    holder_at = models.DateTimeField(null=True)
    block = models.ForeignKey(Block, on_delete=models.PROTECT, null=True, related_name="conflicts")
    opened_at = models.DateTimeField()

    objects = ConflictQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sound", "newcomer", "holder", "block"],
                name="copies_conflict_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(holder__isnull=False, holder_at__isnull=False, block__isnull=True)
                | Q(holder__isnull=True, holder_at__isnull=True, block__isnull=False),
                name="copies_conflict_with_one",
            ),
            models.CheckConstraint(
                condition=~Q(newcomer=models.F("holder")), name="copies_conflict_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"conflict {self.pk} of {self.newcomer}"

    @property
    def ruling(self) -> Ruling | None:
        """What holds now of what was decided; nothing while it is open."""
        return next((each for each in self.rulings.all() if each.closed_at is None), None)


class Match(models.Model):
    """Where in the newcomer's content the other one sounds, as `engines.fingerprint` found it.

    Seconds. `offset_s` is the instant of the other that is the first one's beginning; `score` the
    share of peaks that both have. The same bytes match from end to end. Written once.
    """

    conflict = models.ForeignKey(Conflict, on_delete=models.PROTECT, related_name="matches")
    other = models.ForeignKey(Sound, on_delete=models.PROTECT, related_name="+")
    is_exact = models.BooleanField()
    offset_s = models.FloatField()
    start_s = models.FloatField()
    length_s = models.FloatField()
    speed = models.FloatField()
    score = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint("conflict", "other", name="copies_match_once"),
        ]
        ordering = ["-length_s", "id"]
        verbose_name_plural = "matches"

    def __str__(self) -> str:
        return f"{self.length_s:.1f} s of {self.other} in {self.conflict}"

    @property
    def other_start_s(self) -> float:
        """Where in the other what is common begins."""
        return max(self.offset_s + self.start_s * self.speed, 0.0)

    @property
    def other_length_s(self) -> float:
        """How long what is common lasts in the other."""
        return self.length_s * self.speed


class Ruling(models.Model):
    """What an operator decided; closed by the next one, and otherwise never changed."""

    class Verdict(models.TextChoices):
        BOTH = "both", gettext_noop("Both may sell it")
        NEWCOMER_REFUSED = "newcomer-refused", gettext_noop("The new one may not sell it")
        HOLDER_REFUSED = "holder-refused", gettext_noop("The earlier one may not sell it")

    conflict = models.ForeignKey(Conflict, on_delete=models.PROTECT, related_name="rulings")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    reason = models.CharField(max_length=2_000)
    evidence = evidence_field()
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ruled_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conflict"],
                name="copies_ruling_one_stands",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="copies_ruling_reason"),
            models.CheckConstraint(
                condition=Q(verdict__in=["both", "newcomer-refused", "holder-refused"]),
                name="copies_ruling_verdict",
            ),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.verdict} in {self.conflict}"


class Answer(models.Model):
    """What one of the two suppliers says, and the document that shows it. Written once."""

    conflict = models.ForeignKey(Conflict, on_delete=models.PROTECT, related_name="answers")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    statement = models.CharField(max_length=2_000)
    evidence = evidence_field()
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(statement=""), name="copies_answer_says"),
        ]
        ordering = ["stated_at", "id"]

    def __str__(self) -> str:
        return f"{self.party} in {self.conflict}"
