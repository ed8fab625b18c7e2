"""Invoices and credit notes, numbered without a gap within a kind and a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class Kind(models.TextChoices):
    """Which document."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Series(models.Model):
    """A row of numbers. The database counts it up with each document and in no other way."""

    kind = models.CharField(max_length=11, choices=Kind.choices)
    year = models.SmallIntegerField()
    last_number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "year", name="invoices_series_once"),
            models.CheckConstraint(condition=Q(last_number__gte=0), name="invoices_series_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}s of {self.year}"


class DocumentQuerySet(models.QuerySet["Document"]):
    def of(self, *, user: User) -> DocumentQuerySet:
        """This person's, newest first."""
        return self.filter(user=user).order_by("-issued_at", "-id")


class Document(models.Model):
    """An invoice or a credit note as it was issued. Never changed; a mistake is credited."""

    Kind = Kind

    series = models.ForeignKey(Series, on_delete=models.PROTECT)
    number = models.BigIntegerField()
    # As people quote it: R-2026-000001.
    code = models.CharField(max_length=30, unique=True)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    # What it is about: order:<id>, or supply:<id> of what is no order's.
    subject = models.CharField(max_length=60)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="notes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    issued_at = models.DateTimeField()
    # Everything that stands on it (`apps.invoices.content.Content`).
    content = models.JSONField()

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("series", "number", name="invoices_document_number_once"),
            models.UniqueConstraint("kind", "subject", name="invoices_document_once"),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects__isnull=True)
                | Q(kind="credit_note", corrects__isnull=False),
                name="invoices_credit_note_corrects",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Due(models.Model):
    """A document that is to be issued; gone once it is. Written with what it is about."""

    kind = models.CharField(max_length=11, choices=Kind.choices)
    subject = models.CharField(max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "subject", name="invoices_due_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"
