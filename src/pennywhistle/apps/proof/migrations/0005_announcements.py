"""What the store announces in the log besides entries: terms, statements, payouts."""

import django.db.models.deletion
from django.db import migrations, models

WRITTEN_ONCE = """
CREATE TRIGGER proof_announcement_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON proof_announcement
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("proof", "0004_cosigned_head"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
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
                        choices=[("C", "Terms"), ("T", "Statement"), ("O", "Payout")], max_length=1
                    ),
                ),
                ("subject", models.CharField(max_length=255)),
                ("digest", models.BinaryField(max_length=32)),
                ("document", models.BinaryField(default=b"")),
                ("announced_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "subject", "-id"], name="proof_announced_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "C"), _negated=True),
                        fields=("kind", "subject"),
                        name="proof_announced_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AnnouncementWaiting",
            fields=[
                (
                    "announcement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="proof.announcement",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="leaf",
            name="announcement",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leaf",
                to="proof.announcement",
            ),
        ),
        migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop),
    ]
