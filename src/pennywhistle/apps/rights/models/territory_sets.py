"""Sets of territories, each stored once."""

from __future__ import annotations

from django.db import models


class TerritorySet(models.Model):
    """Territories, each set stored once, under the SHA-256 of its sorted codes."""

    digest = models.CharField(max_length=64, primary_key=True)
    mask = models.BinaryField()
    text = models.CharField(max_length=1200)

    def __str__(self) -> str:
        return self.text


def territories_field() -> models.ForeignKey[TerritorySet, TerritorySet]:
    """The column with which a row says where it holds."""
    return models.ForeignKey(
        TerritorySet, on_delete=models.PROTECT, related_name="+", db_index=False
    )
