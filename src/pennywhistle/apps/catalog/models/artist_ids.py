"""The numbers of artists in MusicBrainz, as those say who deliver their music."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pennywhistle.apps.parties.models import Party


class ArtistMbid(models.Model):
    """Which artist of MusicBrainz a party is, in the words of one supplier.

    It stands in the tags of that supplier's files and nowhere else. It is no number of the
    register of parties: nobody is found, let alone paid, by it.
    """

    supplier = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    mbid = models.CharField(max_length=36)

    class Meta:
        constraints = [
            models.UniqueConstraint("supplier", "party", name="catalog_artist_mbid_once"),
            models.CheckConstraint(condition=~Q(mbid=""), name="catalog_artist_mbid_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.party} is {self.mbid}"
