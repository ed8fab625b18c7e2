"""What the search finds: one row a release, track or party. Made from the catalog, never truth."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from pennywhistle.apps.catalog.models import Release


class SearchDocument(models.Model):
    """The words of something that can be found; `object_id` is its row's id in its own table."""

    kind = models.CharField(max_length=8)
    object_id = models.BigIntegerField()
    # Empty for parties, which outlive their releases.
    release = models.ForeignKey(Release, on_delete=models.CASCADE, null=True, related_name="+")
    vector = SearchVectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "object_id", name="discovery_document_once"),
        ]
        indexes = [GinIndex("vector", name="discovery_document_words")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
