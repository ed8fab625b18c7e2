"""Entries by which a society passes on what its members' works earned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_guards_in_one_pass")]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sale", "Sale"),
                    ("top_up", "Top Up"),
                    ("release", "Release"),
                    ("distribution", "Distribution"),
                ],
                max_length=12,
            ),
        ),
    ]
