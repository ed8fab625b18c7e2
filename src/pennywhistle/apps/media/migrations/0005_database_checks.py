"""What the nightly reading of the database itself found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0004_stored_masters")]

    operations = [
        migrations.CreateModel(
            name="DatabaseCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("checked_at", models.DateTimeField(db_index=True)),
                (
                    "how",
                    models.CharField(
                        choices=[("pages", "Pages"), ("tables", "Tables")], max_length=6
                    ),
                ),
                ("damaged", models.JSONField(default=list)),
                ("trouble", models.TextField(blank=True)),
                ("is_copied", models.BooleanField(default=False)),
            ],
        ),
    ]
