"""Balances by the payments that they came from: what is spent first was paid in first."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.invoices.models.supplies import Supply
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.engines.tax import Treatment


class Lot(models.Model):
    """Money that came in at once; kept only of people who have some that was taxed at once.

    `supply` says at which rate and where; nothing for money that is taxed when it is spent.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    # The entry that brought it; the balance from before the first taxed one has that one's, too.
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    supply = models.ForeignKey(Supply, on_delete=models.PROTECT, null=True, related_name="lots")
    # The giver's lot, of money that was given: its tax came with it.
    given_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="gifts"
    )
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "entry", "supply", "given_from", name="invoices_lot_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="invoices_lot_positive"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"lot {self.pk}"

    @property
    def taxed(self) -> Supply | None:
        """What taxed it when it was paid in, wherever that is held to have been by now.

        None for money that is taxed when it is spent, as what no tax was due for is, too.
        """
        held = self.supply.as_held() if self.supply is not None else None
        return None if held is None or held.treatment == Treatment.OUTSIDE else held


class LotMove(models.Model):
    """What an entry took of a lot, or, below zero, gave back to it."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="moves")
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    amount_micro = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("lot", "entry", name="invoices_lot_move_once"),
            models.CheckConstraint(condition=~Q(amount_micro=0), name="invoices_lot_move_moves"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.amount_micro} of {self.lot_id}"
