"""A place may be said again on the same day; a VAT number says whose it is."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("taxes", "0004_guards_of_terms_and_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="placeclue",
            name="taxes_clue_once_a_day",
        ),
        migrations.AddField(
            model_name="vatnumber",
            name="business_name",
            field=models.CharField(blank=True, default="", max_length=300),
        ),
        migrations.AddField(
            model_name="vatnumber",
            name="city",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.AddField(
            model_name="vatnumber",
            name="postcode",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="vatnumber",
            name="street",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddIndex(
            model_name="placeclue",
            index=models.Index(
                models.F("user"), models.F("kind"), models.F("seen_at"), name="taxes_clue_newest"
            ),
        ),
    ]
