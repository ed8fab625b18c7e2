"""How the file of each master is; and what is made of a file as such is a rendition too."""

import django.db.models.deletion
from django.db import migrations, models

# Those that are here already are watched over too.
_FILL = """
INSERT INTO media_storedmaster (sha256, file_size_bytes, damage)
SELECT DISTINCT ON (sha256) sha256, file_size_bytes, '' FROM media_master
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_originals"), ("media", "0003_weights")]

    operations = [
        migrations.AlterField(
            model_name="rendition",
            name="recording",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="renditions",
                to="catalog.recording",
            ),
        ),
        migrations.CreateModel(
            name="StoredMaster",
            fields=[
                (
                    "sha256",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("file_size_bytes", models.BigIntegerField()),
                ("copied_at", models.DateTimeField(null=True)),
                ("scrubbed_at", models.DateTimeField(null=True)),
                (
                    "damage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("missing", "Missing"),
                            ("differs", "Differs"),
                            ("unreadable", "Unreadable"),
                        ],
                        max_length=10,
                    ),
                ),
                ("damaged_at", models.DateTimeField(null=True)),
                ("restored_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("scrubbed_at"), nulls_first=True),
                        models.F("sha256"),
                        name="media_stored_by_scrub",
                    ),
                    models.Index(
                        models.F("sha256"),
                        condition=models.Q(("damage", ""), _negated=True),
                        name="media_stored_damaged",
                    ),
                    models.Index(
                        models.F("sha256"),
                        condition=models.Q(("copied_at__isnull", True)),
                        name="media_stored_uncopied",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_FILL, reverse_sql=migrations.RunSQL.noop),
    ]
