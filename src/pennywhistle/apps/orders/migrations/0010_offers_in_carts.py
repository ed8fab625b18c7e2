"""What somebody offers for a thing in their cart, where they name the price."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_write_entries_whole")]

    operations = [
        migrations.AddField("cartitem", "offered_micro", models.BigIntegerField(null=True)),
        migrations.AddConstraint(
            "cartitem",
            models.CheckConstraint(
                condition=models.Q(offered_micro__isnull=True) | models.Q(offered_micro__gt=0),
                name="orders_cart_offer",
            ),
        ),
    ]
