"""Who orders ahead may ask for downloads at once, as at the till."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("preorders", "0001_orders_ahead")]

    operations = [
        migrations.AddField(
            "preorder", "waiver_words", models.CharField(max_length=2000, blank=True, default="")
        ),
        migrations.AddField(
            "preorder", "waiver_version", models.CharField(max_length=20, blank=True, default="")
        ),
    ]
