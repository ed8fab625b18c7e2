"""A kind of entry for tax that goes elsewhere than a sale put it."""

from django.db import migrations, models

KINDS = [
    ("sale", "Sale"),
    ("top_up", "Top Up"),
    ("release", "Release"),
    ("distribution", "Distribution"),
    ("refund", "Refund"),
    ("payback", "Payback"),
    ("reserve", "Reserve"),
    ("tax", "Tax"),
    ("unreserve", "Unreserve"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_refunds_and_paybacks")]

    operations = [
        migrations.AlterField("entry", "kind", models.CharField(choices=KINDS, max_length=12)),
    ]
