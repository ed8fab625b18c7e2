"""Proposals that two files of one supplier are the same recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.copies.models.sounds import Sound
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class PairQuerySet(models.QuerySet["Pair"]):
    def undecided(self) -> PairQuerySet:
        """Those of which nobody said yet what they are."""
        return self.filter(~Exists(PairWord.objects.standing().filter(pair=OuterRef("pk"))))

    def same(self) -> PairQuerySet:
        """Those that are said to be one recording."""
        words = PairWord.objects.standing().filter(pair=OuterRef("pk"), is_same=True)
        return self.filter(Exists(words))

    def of_person(self, *, user: User) -> PairQuerySet:
        """Those of the suppliers that this person acts for."""
        return self.filter(supplier__in=Party.objects.acted_for_by(user=user))


class Pair(models.Model):
    """Two contents of one supplier sound the same from end to end. Written once.

    `first` is the one that the store knew first; how much of both is the same, as in a `Match`.
    """

    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    first = models.ForeignKey(Sound, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Sound, on_delete=models.PROTECT, related_name="+")
    length_s = models.FloatField()
    speed = models.FloatField()
    score = models.FloatField()
    proposed_at = models.DateTimeField()

    objects = PairQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("supplier", "first", "other", name="copies_pair_once"),
            models.CheckConstraint(
                condition=Q(first__lt=models.F("other")), name="copies_pair_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.other} of {self.supplier}"


class PairWordQuerySet(models.QuerySet["PairWord"]):
    def standing(self) -> PairWordQuerySet:
        """What holds now."""
        return self.filter(closed_at__isnull=True)


class PairWord(models.Model):
    """Somebody says whether two are one recording; closed by the next word, otherwise kept."""

    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="words")
    is_same = models.BooleanField()
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    said_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = PairWordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair"],
                name="copies_pairword_one_stands",
                condition=Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pair}: {'same' if self.is_same else 'different'}"
