"""Prices that buyers name themselves, from a least one on; and sales that last for a time."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("rights", "0015_what_stops_are_for")]

    operations = [
        migrations.AddField(
            "grant", "is_minimum", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddField("grant", "suggested_micro", models.BigIntegerField(null=True)),
        migrations.AddField(
            "grant", "is_sale", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddConstraint(
            "grant",
            models.CheckConstraint(
                condition=Q(is_minimum=False) | Q(price_micro__isnull=False) | ~Q(price_code=""),
                name="rights_grant_minimum",
            ),
        ),
        migrations.AddConstraint(
            "grant",
            models.CheckConstraint(
                condition=Q(suggested_micro__isnull=True)
                | Q(is_minimum=True, price_micro__isnull=True, suggested_micro__gt=0)
                | Q(is_minimum=True, suggested_micro__gte=F("price_micro")),
                name="rights_grant_suggested",
            ),
        ),
        migrations.AddConstraint(
            "grant",
            models.CheckConstraint(
                condition=Q(is_sale=False)
                | Q(price_micro__isnull=False, valid_until__isnull=False, is_pre_order=False),
                name="rights_grant_sale",
            ),
        ),
        migrations.AddField(
            "availability", "is_open", models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveConstraint("availability", "rights_availability_once"),
        migrations.AddConstraint(
            "availability",
            models.UniqueConstraint(
                fields=["release", "track", "currency", "price_micro", "is_open"],
                name="rights_availability_once",
                nulls_distinct=False,
            ),
        ),
    ]
