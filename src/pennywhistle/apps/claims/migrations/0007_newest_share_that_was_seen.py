"""A claim that joins a dispute is known by its number, whenever it was stamped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_later_claims_reach_back_too")]

    operations = [
        migrations.AddField("dispute", "share_seen_id", models.BigIntegerField(null=True)),
    ]
