"""What societies propose to the store; decided once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

DECIDED_ONCE = """
CREATE FUNCTION societies_decide_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a proposal is decided once, and what it says stays'
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER societies_proposal_decided_once BEFORE UPDATE ON societies_proposal
  FOR EACH ROW WHEN (OLD.state <> 'open' OR OLD.terms <> NEW.terms OR OLD.kind <> NEW.kind)
  EXECUTE FUNCTION societies_decide_once();
CREATE TRIGGER societies_proposal_stays BEFORE DELETE ON societies_proposal
  FOR EACH ROW EXECUTE FUNCTION societies_decide_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0011_watched_for_subsidies"),
        ("societies", "0003_late_payments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
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
                        choices=[("license", "License"), ("member", "Member")], max_length=7
                    ),
                ),
                ("terms", models.JSONField()),
                ("proposed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waits for the store"),
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=2000)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "society",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="societies.society",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True), ("reason", ""), ("state", "open")
                            ),
                            models.Q(
                                ("decided_at__isnull", False), ("reason", ""), ("state", "accepted")
                            ),
                            models.Q(
                                models.Q(("reason", ""), _negated=True),
                                ("decided_at__isnull", False),
                                ("state", "refused"),
                            ),
                            _connector="OR",
                        ),
                        name="societies_proposal_decided",
                    ),
                ],
            },
        ),
        migrations.RunSQL(DECIDED_ONCE, migrations.RunSQL.noop),
    ]
