"""The blocklist: recordings that the store does not sell, whoever delivers them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.copies.models.sounds import Sound
from pennywhistle.apps.rights.models.evidence import evidence_field


class BlockQuerySet(models.QuerySet["Block"]):
    def standing(self) -> BlockQuerySet:
        """The entries that were not ended."""
        return self.filter(end__isnull=True)


class Block(models.Model):
    """A recording that is held whenever it is delivered. Written once; ended by another row."""

    sound = models.ForeignKey(Sound, on_delete=models.PROTECT, related_name="blocks")
    title = models.CharField(max_length=500)
    # Suppliers read it where a delivery of theirs is held.
    reason = models.CharField(max_length=2_000)
    evidence = evidence_field()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="copies_block_reason"),
        ]

    def __str__(self) -> str:
        return f"block of {self.title}"


class BlockEnd(models.Model):
    """An entry holds nothing any more, and why. Written once."""

    block = models.OneToOneField(Block, on_delete=models.PROTECT, related_name="end")
    reason = models.CharField(max_length=2_000)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="copies_blockend_reason"),
        ]

    def __str__(self) -> str:
        return f"end of {self.block}"


class BlockWishQuerySet(models.QuerySet["BlockWish"]):
    def waiting(self) -> BlockWishQuerySet:
        """Those that are still to be heard."""
        return self.filter(closed_at__isnull=True)


class BlockWish(models.Model):
    """An entry that an operator asked for: it stands once its file was heard in the queue.

    Closed with the entry that it became, or with why there is none.
    """

    sha256 = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    reason = models.CharField(max_length=2_000)
    evidence = evidence_field()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    block = models.ForeignKey(Block, on_delete=models.PROTECT, null=True, related_name="+")
    refusal = models.CharField(max_length=600, blank=True)

    objects = BlockWishQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "block wishes"
        constraints = [
            models.UniqueConstraint(
                "sha256",
                name="copies_blockwish_once_at_a_time",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="copies_blockwish_reason"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, block__isnull=True, refusal="")
                | Q(closed_at__isnull=False, block__isnull=False, refusal="")
                | (Q(closed_at__isnull=False, block__isnull=True) & ~Q(refusal="")),
                name="copies_blockwish_ends_one_way",
            ),
        ]

    def __str__(self) -> str:
        return f"wish to block {self.title}"
