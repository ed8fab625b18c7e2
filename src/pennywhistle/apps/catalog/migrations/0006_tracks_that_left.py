"""A track may leave its release; who bought it before keeps it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_titles_by_key")]

    operations = [
        migrations.AddField(
            model_name="track",
            name="left_at",
            field=models.DateTimeField(null=True),
        ),
    ]
