"""What the store adds to large top-ups."""

from django.db import migrations, models
from django.db.models import F, Q

GUARDS = """
CREATE TRIGGER payments_bonusstep_closed_once BEFORE UPDATE ON payments_bonusstep
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER payments_bonusstep_kept BEFORE DELETE OR TRUNCATE ON payments_bonusstep
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_due_top_ups"), ("users", "0002_what_is_written_once")]

    operations = [
        migrations.AddField(
            "topup", "bonus_micro", models.BigIntegerField(db_default=0, default=0)
        ),
        migrations.AddConstraint(
            "topup",
            models.CheckConstraint(
                condition=Q(bonus_micro__gte=0) & Q(bonus_micro__lte=F("amount_micro")),
                name="payments_topup_bonus",
            ),
        ),
        migrations.CreateModel(
            "BonusStep",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("from_micro", models.BigIntegerField()),
                ("numerator", models.IntegerField()),
                ("denominator", models.IntegerField()),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("currency"),
                        models.F("from_micro"),
                        name="payments_bonus_step_once",
                        condition=Q(closed_at__isnull=True),
                    ),
                    models.CheckConstraint(
                        condition=Q(from_micro__gt=0)
                        & Q(numerator__gt=0)
                        & Q(numerator__lte=F("denominator")),
                        name="payments_bonus_step_amounts",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
