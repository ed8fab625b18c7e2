"""Grants by local time, for orders before the release, and by a wholesale price alone."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


def _no() -> models.BooleanField[bool, bool]:
    return models.BooleanField(default=False, db_default=False)


class Migration(migrations.Migration):
    dependencies = [("rights", "0011_watched_for_subsidies")]

    operations = [
        migrations.AddField("grant", "is_local", _no()),
        migrations.AddField("grant", "is_pre_order", _no()),
        migrations.AddField("grant", "is_at_floor", _no()),
        migrations.AddConstraint(
            "grant",
            models.CheckConstraint(
                condition=Q(is_at_floor=False)
                | Q(wholesale_micro__gt=0, price_micro__isnull=True, price_code=""),
                name="rights_grant_at_floor",
            ),
        ),
    ]
