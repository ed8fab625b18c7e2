"""What is in force of release messages, found again by every identifier; ids are a supplier's own."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def _key(name: str) -> tuple[str, models.Field[Any, Any]]:
    return name, models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _party() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_links_are_kept"),
        ("intake", "0006_matching"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
    ]

    operations = [
        migrations.RemoveConstraint("message", "intake_message_id_once"),
        migrations.AddConstraint(
            "message",
            models.UniqueConstraint(
                "supplier",
                "sender_dpid",
                "message_id",
                name="intake_message_id_once",
                condition=~Q(message_id=""),
            ),
        ),
        migrations.CreateModel(
            "Standing",
            [
                _key("id"),
                ("sender_dpid", models.CharField(max_length=40)),
                ("message_id", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("sold", models.JSONField(default=list)),
                (
                    "release",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standings",
                        to="catalog.release",
                    ),
                ),
                ("supplier", _party()),
            ],
        ),
        migrations.CreateModel(
            "ReleaseKey",
            [
                _key("id"),
                ("key", models.CharField(max_length=300)),
                (
                    "standing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="intake.standing",
                    ),
                ),
                ("supplier", _party()),
            ],
            options={
                "indexes": [models.Index("key", name="intake_release_by_key")],
                "constraints": [
                    models.UniqueConstraint("supplier", "key", name="intake_release_key_once")
                ],
            },
        ),
        migrations.CreateModel(
            "RecordingKey",
            [
                _key("id"),
                ("key", models.CharField(max_length=300)),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="catalog.recording",
                    ),
                ),
                ("supplier", _party()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint("supplier", "key", name="intake_recording_key_once")
                ],
            },
        ),
    ]
