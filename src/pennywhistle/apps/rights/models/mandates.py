"""Who may license for whom, and for which works and recordings."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models.evidence import evidence_field
from pennywhistle.apps.rights.models.kept import Dated, Kept, KeptQuerySet, open_only, words_field
from pennywhistle.apps.rights.models.territory_sets import territories_field
from pennywhistle.engines.clearance.facts import Right

RIGHTS = [right.value for right in Right]


class Repertoire(Kept):
    """A list of works and recordings of one owner, to which mandates can be limited."""

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="repertoires")
    name = models.CharField(max_length=200)

    objects = KeptQuerySet["Repertoire"].as_manager()

    class Meta:
        constraints = [
            *Kept.Meta.constraints,
            models.UniqueConstraint(
                "owner", "name", name="rights_repertoire_once", condition=open_only()
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RepertoireMemberQuerySet(KeptQuerySet["RepertoireMember"]):
    def shared(self, repertoire_id: int, other_id: int) -> RepertoireMemberQuerySet:
        """Those of the one repertoire that the other has as well."""
        others = RepertoireMember.objects.open().filter(repertoire_id=other_id)
        return self.filter(repertoire_id=repertoire_id).filter(
            Q(work__in=others.exclude(work=None).values("work"))
            | Q(recording__in=others.exclude(recording=None).values("recording"))
        )


class RepertoireMember(Kept):
    """A work or a recording is in a repertoire."""

    repertoire = models.ForeignKey(Repertoire, on_delete=models.PROTECT, related_name="members")
    work = models.ForeignKey(Work, on_delete=models.PROTECT, null=True, related_name="+")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RepertoireMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(
                condition=Q(work__isnull=True) ^ Q(recording__isnull=True),
                name="rights_repertoiremember_is_one",
            ),
            models.UniqueConstraint(
                fields=["repertoire", "work", "recording"],
                name="rights_repertoiremember_once",
                condition=open_only(),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index("work", name="rights_repertoire_by_work", condition=open_only()),
            models.Index("recording", name="rights_repertoire_by_recording", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"{self.work or self.recording} in {self.repertoire}"


class MandateQuerySet(KeptQuerySet["Mandate"]):
    def given_by(self, *, party_id: int) -> MandateQuerySet:
        """Those with which this party lets others license."""
        return self.filter(from_party_id=party_id)

    def held_by(self, *, party_id: int) -> MandateQuerySet:
        """Those with which others let this party license."""
        return self.filter(to_party_id=party_id)


class Mandate(Dated):
    """A party lets another license its shares, and what others mandated to it.

    The database refuses circles, chains of more than eight, and two exclusive mandates for the
    same thing.
    """

    from_party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_given")
    to_party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="mandates_held")
    rights = words_field()
    uses = words_field()
    territories = territories_field()
    is_exclusive = models.BooleanField(default=False)
    # Empty: all that the party has.
    repertoire = models.ForeignKey(Repertoire, on_delete=models.PROTECT, null=True)
    # How long before it ends the party must say so.
    notice_days = models.PositiveIntegerField(default=0)
    evidence = evidence_field()

    objects = MandateQuerySet.as_manager()

    class Meta:
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(from_party=F("to_party")), name="rights_mandate_to_another"
            ),
            models.CheckConstraint(
                condition=Q(rights__contained_by=RIGHTS, rights__len__gt=0),
                name="rights_mandate_rights",
            ),
            models.CheckConstraint(condition=Q(uses__len__gt=0), name="rights_mandate_uses"),
        ]
        indexes = [
            models.Index("from_party", name="rights_mandate_open", condition=open_only()),
            models.Index("to_party", name="rights_mandate_held", condition=open_only()),
        ]

    def __str__(self) -> str:
        return f"mandate {self.pk} from {self.from_party} to {self.to_party}"
