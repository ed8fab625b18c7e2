"""Wish lists."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import pennywhistle.apps.wishes.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0007_originals"),
        ("users", "0003_access_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WishList",
            fields=[
                (
                    "owner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="wish_list",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("is_public", models.BooleanField(default=False)),
                (
                    "link",
                    models.CharField(
                        default=pennywhistle.apps.wishes.models.new_link, max_length=32, unique=True
                    ),
                ),
                ("shown_name", models.CharField(blank=True, max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="Wish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("added_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wishes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.release",
                    ),
                ),
                (
                    "track",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.track",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("owner"),
                        models.F("release"),
                        models.F("track"),
                        name="wishes_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
