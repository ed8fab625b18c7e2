"""Files that are made for everybody, and names whose pages became one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pennywhistle.apps.parties.models import Party


class PublicFile(models.Model):
    """A file that anybody may fetch by its name; its content lies in the store's folders.

    The content is named by its hash, so that a file whose content stayed the same is not changed.
    """

    class Group(models.TextChoices):
        SITEMAP = "sitemap"
        DUMP = "dump"

    group = models.CharField(max_length=8, choices=Group.choices)
    name = models.CharField(max_length=60)
    mime_type = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    row_count = models.BigIntegerField()
    made_at = models.DateTimeField()
    # Since when it has this content.
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("group", "name", name="reach_file_once"),
            models.CheckConstraint(
                condition=Q(changed_at__lte=F("made_at")), name="reach_file_changed_when_made"
            ),
            models.CheckConstraint(
                condition=Q(size_bytes__gte=0) & Q(row_count__gte=0), name="reach_file_counts"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_text(self) -> bool:
        """Whether it is read as it is; the others are zipped."""
        return not self.name.endswith(".gz")


class JoinedPage(models.Model):
    """A party whose page is now another's: two names of one artist, or of one label.

    Only what people look at was joined: rights and money stay whose they are on record.
    """

    party = models.OneToOneField(
        Party, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    leads_to = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(party=F("leads_to")), name="reach_no_page_leads_to_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} is found at {self.leads_to_id}"
