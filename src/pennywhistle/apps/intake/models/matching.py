"""Which works recordings may play: what files name, what is proposed, and what is still to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from typing import Self


class NamedIsrc(models.Model):
    """A party's works file named this ISRC for a work; its recording may come later, or never."""

    isrc = models.CharField(max_length=12)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="+", db_index=False)
    submitter = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("isrc", "work", "submitter", name="intake_named_isrc_once"),
        ]

    def __str__(self) -> str:
        return f"{self.isrc} plays {self.work}, says {self.submitter}"


class MatchProposalQuerySet(models.QuerySet["MatchProposal"]):
    def waiting(self) -> Self:
        """Those that somebody has to decide."""
        return self.filter(state=MatchProposal.State.WAITING)


class MatchProposal(models.Model):
    """A recording may play a work: how sure that is, and why; it is proposed once."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_noop("Waiting")
        LINKED = "linked", gettext_noop("Certain, linked at once")
        ACCEPTED = "accepted", gettext_noop("Accepted")
        REJECTED = "rejected", gettext_noop("Rejected")
        # The recording's works became known otherwise.
        SETTLED = "settled", gettext_noop("Settled otherwise")

    recording = models.ForeignKey(
        Recording, on_delete=models.CASCADE, related_name="match_proposals", db_index=False
    )
    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    permille = models.PositiveSmallIntegerField()
    # A rule of `works/matching/scoring.py`, how alike the titles are, and who is on both sides.
    rule = models.CharField(max_length=20)
    title_permille = models.PositiveSmallIntegerField()
    people = models.JSONField(default=list)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = MatchProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("recording", "work", name="intake_match_proposal_once"),
            models.CheckConstraint(
                condition=Q(permille__lte=1000, title_permille__lte=1000),
                name="intake_match_proposal_permille",
            ),
        ]
        indexes = [
            models.Index("recording", name="intake_match_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.recording} may play {self.work}"


class MatchDue(models.Model):
    """A recording, or a work, that came or changed since works were last looked for."""

    kind = models.CharField(max_length=9)
    row_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
