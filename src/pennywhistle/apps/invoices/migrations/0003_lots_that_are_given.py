"""Money that is given keeps its tax: several lots may be of one supply."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="lot",
            name="invoices_lot_once",
        ),
        migrations.AddField(
            model_name="lot",
            name="given_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts",
                to="invoices.lot",
            ),
        ),
        migrations.AlterField(
            model_name="lot",
            name="supply",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lots",
                to="invoices.supply",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(
                models.F("entry"),
                models.F("supply"),
                models.F("given_from"),
                name="invoices_lot_once",
                nulls_distinct=False,
            ),
        ),
    ]
