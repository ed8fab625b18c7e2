"""Who owns which part of a work or a recording, and which works are free."""

from __future__ import annotations

from fractions import Fraction

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models.evidence import evidence_field
from pennywhistle.apps.rights.models.kept import Dated, KeptQuerySet, open_only
from pennywhistle.apps.rights.models.territory_sets import territories_field
from pennywhistle.engines.clearance.facts import Right


class ShareRole(models.TextChoices):
    """As what somebody owns a share; DDEX's words, which CWR's two-letter codes map to."""

    COMPOSER = "Composer", gettext_noop("Composer")
    LYRICIST = "Lyricist", gettext_noop("Lyricist")
    COMPOSER_LYRICIST = "ComposerLyricist", gettext_noop("Composer and lyricist")
    ARRANGER = "Arranger", gettext_noop("Arranger")
    ADAPTER = "Adapter", gettext_noop("Adapter")
    TRANSLATOR = "Translator", gettext_noop("Translator")
    SUB_ARRANGER = "SubArranger", gettext_noop("Sub-arranger")
    SUB_LYRICIST = "SubLyricist", gettext_noop("Sub-lyricist")
    INCOME_PARTICIPANT = "IncomeParticipant", gettext_noop("Income participant")
    ORIGINAL_PUBLISHER = "OriginalPublisher", gettext_noop("Original publisher")
    SUB_PUBLISHER = "SubPublisher", gettext_noop("Sub-publisher")
    ADMINISTRATOR = "Administrator", gettext_noop("Administrator")
    PRODUCER = "Producer", gettext_noop("Producer")
    PERFORMER = "Performer", gettext_noop("Performer")

    @property
    def is_of_recordings(self) -> bool:
        """Whether recordings have it; works have the others."""
        return self in {ShareRole.PRODUCER, ShareRole.PERFORMER}


class OwnershipShareQuerySet(KeptQuerySet["OwnershipShare"]):
    def of_subject(
        self, *, work_id: int | None, recording_id: int | None
    ) -> OwnershipShareQuerySet:
        """The shares of exactly this work or recording."""
        return self.filter(Q(work=work_id) & Q(recording=recording_id))

    def standing(self) -> OwnershipShareQuerySet:
        """Those that somebody still stands by: all but the revoked."""
        return self.exclude(status=OwnershipShare.Status.REVOKED)


class OwnershipShare(Dated):
    """A party owns, or says that it owns, a part of one right of one work or recording.

    A change of its status closes the row and records a new one with the same part.
    """

    class Status(models.TextChoices):
        ASSERTED = "asserted", gettext_noop("Asserted")
        CONFIRMED = "confirmed", gettext_noop("Confirmed")
        DISPUTED = "disputed", gettext_noop("Disputed")
        REVOKED = "revoked", gettext_noop("Revoked")

    work = models.ForeignKey(Work, on_delete=models.PROTECT, null=True, related_name="shares")
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, null=True, related_name="shares"
    )
    right = models.CharField(max_length=20)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="ownership_shares")
    role = models.CharField(max_length=20, choices=ShareRole.choices)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    territories = territories_field()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.ASSERTED)
    # The share as it stood then that this one derives from: the writer's of a publisher's.
    parent_share = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="derived"
    )
    evidence = evidence_field()

    objects = OwnershipShareQuerySet.as_manager()

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    work__isnull=False,
                    recording__isnull=True,
                    right__in=[Right.MECHANICAL.value, Right.MAKING_AVAILABLE.value],
                )
                | Q(
                    work__isnull=True,
                    recording__isnull=False,
                    right__in=[Right.MASTER.value, Right.NEIGHBOURING.value],
                ),
                name="rights_ownershipshare_right_fits",
            ),
            models.CheckConstraint(
                condition=Q(numerator__gt=0)
                & Q(denominator__gt=0)
                & Q(numerator__lte=F("denominator")),
                name="rights_ownershipshare_is_a_part",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["asserted", "confirmed", "disputed", "revoked"]),
                name="rights_ownershipshare_status",
            ),
            models.UniqueConstraint(
                fields=[
                    *("work", "recording", "right", "party", "role", "territories"),
                    *("valid_from", "valid_until"),
                ],
                name="rights_ownershipshare_once",
                condition=open_only(),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index("work", name="rights_share_by_work", condition=open_only()),
            models.Index("recording", name="rights_share_by_recording", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.right} for {self.party}"

    @property
    def key(self) -> tuple[object, ...]:
        """Who claims what, where and when: open at most once, with whatever part and status."""
        return (
            *(self.work_id, self.recording_id, self.right, self.party_id, self.role),
            *(self.territories_id, self.valid_from, self.valid_until),
        )

    def stated_now(self) -> OwnershipShare | None:
        """The open row of the same key."""
        rows = OwnershipShare.objects.open().of_subject(
            work_id=self.work_id, recording_id=self.recording_id
        )
        return next((row for row in rows if row.key == self.key), None)

    @property
    def part(self) -> Fraction:
        """The exact part."""
        return Fraction(self.numerator, self.denominator)


class PublicDomain(Dated):
    """A work is free in these territories: nobody's license is needed there."""

    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="public_domain")
    territories = territories_field()
    evidence = evidence_field()

    objects = KeptQuerySet["PublicDomain"].as_manager()

    class Meta:
        constraints = [*Dated.Meta.constraints]
        indexes = [
            models.Index("work", name="rights_public_domain_open", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"{self.work} is free in {self.territories}"
