"""Documents that the register's rows rest on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Evidence(models.Model):
    """A document as it was handed in: its bytes lie in storage under their SHA-256."""

    title = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64, unique=True)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    storage_key = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    # Empty: it came with a message, not from a person.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="rights_evidence_sha256"
            ),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="rights_evidence_size"),
        ]

    def __str__(self) -> str:
        return self.title


def evidence_field() -> models.ForeignKey[Evidence | None, Evidence | None]:
    """The column with which a row names the document that it rests on."""
    return models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
