"""Doubts about delivered files, with what was said of each; nothing of it is changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import pennywhistle.kernel.public_id

GUARDS = """
CREATE TRIGGER intake_doubt_closed_once BEFORE UPDATE ON intake_doubt
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER intake_doubt_kept BEFORE DELETE OR TRUNCATE ON intake_doubt
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER intake_doubtword_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON intake_doubtword
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0010_mails_about_works_files"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        ("rights", "0014_verdicts_by_what_they_are_about"),
        ("users", "0002_what_is_written_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="published",
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name="Doubt",
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
                ("sha256", models.CharField(max_length=64)),
                ("code", models.CharField(max_length=40)),
                ("finding", models.JSONField()),
                ("path", models.CharField(max_length=1000)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doubts",
                        to="parties.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DoubtWord",
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
                        choices=[
                            ("answer", "Answered by the supplier"),
                            ("upheld", "Refused"),
                            ("overruled", "The finding is mistaken"),
                            ("accepted", "The finding is right, and may be published"),
                        ],
                        max_length=9,
                    ),
                ),
                ("text", models.CharField(max_length=2000)),
                ("said_at", models.DateTimeField()),
                (
                    "doubt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="words",
                        to="intake.doubt",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rights.evidence",
                    ),
                ),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.AddIndex(
            model_name="doubt",
            index=models.Index(
                models.F("id"),
                condition=models.Q(("closed_at__isnull", True)),
                name="intake_doubt_holding",
            ),
        ),
        migrations.AddIndex(
            model_name="doubt",
            index=models.Index(models.F("sha256"), name="intake_doubt_by_content"),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.UniqueConstraint(
                models.F("supplier"), models.F("sha256"), models.F("code"), name="intake_doubt_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="intake_doubt_sha256"
            ),
        ),
        migrations.AddConstraint(
            model_name="doubtword",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="intake_doubt_word_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="doubtword",
            constraint=models.UniqueConstraint(
                models.F("doubt"),
                condition=models.Q(("kind__in", ("overruled", "accepted"))),
                name="intake_doubt_let_through_once",
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
