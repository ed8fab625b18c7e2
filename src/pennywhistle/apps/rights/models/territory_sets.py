"""Sets of territories, each stored once."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, IntegerField, Value


class TerritorySetQuerySet(models.QuerySet["TerritorySet"]):
    def holding(self, *, bit: int) -> TerritorySetQuerySet:
        """The sets that hold the territory at this position of the kernel's list."""
        held: Func = Func(F("mask"), Value(bit), function="get_bit", output_field=IntegerField())
        return self.alias(held=held).filter(held=1)


class TerritorySet(models.Model):
    """Territories, each set stored once, under the SHA-256 of its sorted codes."""

    digest = models.CharField(max_length=64, primary_key=True)
    mask = models.BinaryField()
    text = models.CharField(max_length=1200)

    objects = TerritorySetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.text


def territories_field() -> models.ForeignKey[TerritorySet, TerritorySet]:
    """The column with which a row says where it holds."""
    return models.ForeignKey(
        TerritorySet, on_delete=models.PROTECT, related_name="+", db_index=False
    )
