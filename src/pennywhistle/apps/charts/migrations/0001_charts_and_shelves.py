"""Counted purchases, charts, what is bought together, labels by letter, the staff's shelf."""

import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0008_extras_and_musicbrainz"),
        ("users", "0003_access_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Making",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("ends_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="NoSuggestions",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "people without suggestions",
            },
        ),
        migrations.CreateModel(
            name="Together",
            fields=[
                ("release_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "other_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "buyer_counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "weights",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Chart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("releases", "Releases"), ("tracks", "Tracks")], max_length=8
                    ),
                ),
                (
                    "window",
                    models.CharField(
                        choices=[("day", "Day"), ("week", "Week"), ("month", "Month")], max_length=5
                    ),
                ),
                ("territory", models.CharField(blank=True, max_length=2)),
                ("genre_id", models.BigIntegerField(default=0)),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("buyer_count", models.BigIntegerField()),
                ("purchase_count", models.BigIntegerField()),
                (
                    "item_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "buyer_counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("kind"),
                        models.F("window"),
                        models.F("territory"),
                        models.F("genre_id"),
                        name="charts_chart_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("begins_at__lt", models.F("ends_at")),
                            ("buyer_count__lte", models.F("purchase_count")),
                        ),
                        name="charts_chart_window",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LabelLine",
            fields=[
                ("party_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=300)),
                ("letter", models.CharField(max_length=4)),
                ("sort_key", models.CharField(db_collation="C", max_length=300)),
                ("release_count", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("letter"),
                        models.F("sort_key"),
                        models.F("party_id"),
                        name="charts_label_by_letter",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("payer_id", models.BigIntegerField()),
                ("release_id", models.BigIntegerField()),
                ("track_id", models.BigIntegerField(null=True)),
                ("territory", models.CharField(max_length=2)),
                ("bought_at", models.DateTimeField()),
                (
                    "party_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "left_out",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not"),
                            ("own", "Own People"),
                            ("operator", "Operator"),
                            ("price", "Price"),
                            ("again", "Again"),
                        ],
                        max_length=8,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("bought_at"), name="charts_purchase_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("payer_id"),
                        models.F("release_id"),
                        models.F("track_id"),
                        condition=models.Q(("left_out", "")),
                        name="charts_counted_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("next_index", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="charts_reading_is_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffPick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=600)),
                ("position", models.IntegerField()),
                ("picked_at", models.DateTimeField()),
                (
                    "picked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "release",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.release",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("position",),
                        name="charts_pick_place_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 0)), name="charts_pick_position"
                    ),
                ],
            },
        ),
    ]
