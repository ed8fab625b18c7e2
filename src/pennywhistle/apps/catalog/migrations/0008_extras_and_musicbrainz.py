"""What comes with releases besides tracks, and their numbers in MusicBrainz."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import pennywhistle.kernel.public_id


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_originals"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
    ]

    operations = [
        migrations.AddField(
            model_name="recording",
            name="mbid",
            field=models.CharField(blank=True, default="", max_length=36),
        ),
        migrations.AddField(
            model_name="release",
            name="mbid",
            field=models.CharField(blank=True, default="", max_length=36),
        ),
        migrations.CreateModel(
            name="ArtistMbid",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mbid", models.CharField(max_length=36)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("supplier"), models.F("party"), name="catalog_artist_mbid_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mbid", ""), _negated=True),
                        name="catalog_artist_mbid_is_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Extra",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=pennywhistle.kernel.public_id.new_public_id,
                        max_length=12,
                        unique=True,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("booklet", "Booklet"),
                            ("back", "Back cover"),
                            ("picture", "Picture"),
                            ("text", "Text"),
                        ],
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(max_length=500)),
                ("name", models.CharField(max_length=120)),
                ("mime_type", models.CharField(max_length=40)),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                ("crc32", models.BigIntegerField()),
                ("delivered_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extras",
                        to="catalog.release",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("release"),
                        django.db.models.functions.text.Lower("name"),
                        name="catalog_extra_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size_bytes__gt", 0)), name="catalog_extra_not_empty"
                    ),
                ],
            },
        ),
    ]
