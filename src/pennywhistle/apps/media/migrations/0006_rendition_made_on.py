"""On which kind of processor a rendition was made: others may make other bytes of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0005_database_checks")]

    operations = [
        migrations.AddField(
            model_name="rendition",
            name="made_on",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
    ]
