"""Genres, works, what somebody did, and who wrote what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.parties.models import Party


class Role(models.TextChoices):
    """What somebody did; the words of DDEX's allowed values, as people read them."""

    MAIN_ARTIST = "MainArtist", gettext_noop("Main artist")
    FEATURED_ARTIST = "FeaturedArtist", gettext_noop("Featured artist")
    PERFORMER = "Performer", gettext_noop("Performer")
    COMPOSER = "Composer", gettext_noop("Composer")
    LYRICIST = "Lyricist", gettext_noop("Lyricist")
    ARRANGER = "Arranger", gettext_noop("Arranger")
    PRODUCER = "Producer", gettext_noop("Producer")
    MIXER = "Mixer", gettext_noop("Mixing")
    MASTERING_ENGINEER = "MasteringEngineer", gettext_noop("Mastering")
    LABEL = "Label", gettext_noop("Label")


class Genre(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Work(models.Model):
    """A composition."""

    title = models.CharField(max_length=500)
    iswc = models.CharField(max_length=11, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("iswc", name="catalog_work_iswc_once", condition=~Q(iswc="")),
        ]

    def __str__(self) -> str:
        return self.title


class WorkCredit(models.Model):
    """Who wrote what of a work."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="credits")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="work_credits")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint("work", "party", "role", name="catalog_work_credit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.get_role_display()}"
