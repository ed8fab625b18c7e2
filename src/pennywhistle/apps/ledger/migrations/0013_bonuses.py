"""A kind of entry for what the store adds to top-ups."""

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
    ("bonus", "Bonus"),
    ("unreserve", "Unreserve"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0012_tax_that_moves")]

    operations = [
        migrations.AlterField("entry", "kind", models.CharField(choices=KINDS, max_length=12)),
    ]
