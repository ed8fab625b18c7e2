"""What an operator wants blocked is heard in the queue, and waits in a table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("copies", "0003_stops_follow_from_rulings"),
        ("rights", "0015_what_stops_are_for"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BlockWish",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=500)),
                ("reason", models.CharField(max_length=2000)),
                ("asked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("refusal", models.CharField(blank=True, max_length=600)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "block",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="copies.block",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rights.evidence",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "block wishes",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("sha256"),
                        condition=models.Q(("closed_at__isnull", True)),
                        name="copies_blockwish_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="copies_blockwish_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("block__isnull", True),
                                ("closed_at__isnull", True),
                                ("refusal", ""),
                            ),
                            models.Q(
                                ("block__isnull", False),
                                ("closed_at__isnull", False),
                                ("refusal", ""),
                            ),
                            models.Q(
                                ("block__isnull", True),
                                ("closed_at__isnull", False),
                                models.Q(("refusal", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="copies_blockwish_ends_one_way",
                    ),
                ],
            },
        ),
    ]
