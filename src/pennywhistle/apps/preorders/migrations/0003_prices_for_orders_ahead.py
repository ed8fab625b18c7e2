"""An order placed ahead keeps the price that its supplier's deal says for pre-orders alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("preorders", "0002_downloads_at_once"),
        ("rights", "0016_open_prices_and_sales"),
    ]

    operations = [
        migrations.AddField(
            "preorder",
            "grant",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="rights.grant",
            ),
        ),
        migrations.AddField("preorder", "due_micro", models.BigIntegerField(null=True)),
        migrations.AddConstraint(
            "preorder",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_micro__isnull", True), ("grant__isnull", True)),
                    models.Q(("due_micro__gte", 0), ("grant__isnull", False)),
                    _connector="OR",
                ),
                name="preorders_agreed_by_a_grant",
            ),
        ),
    ]
