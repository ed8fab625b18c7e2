"""Money that goes back from a balance to the top-ups that it came by."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# More never goes back of a top-up than came in by it. Whoever asks for money back holds the row of
# the balance, so that what is added up here does not change meanwhile.
GUARDS = """
CREATE FUNCTION payments_guard_payback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (
    OLD.state IN ('done', 'failed')
    OR to_jsonb(OLD) - 'state' - 'reason' - 'due_at' - 'settled_at'
       IS DISTINCT FROM to_jsonb(NEW) - 'state' - 'reason' - 'due_at' - 'settled_at') THEN
    RAISE EXCEPTION 'a payback ends once, and its amount never changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT EXISTS (
    SELECT FROM payments_topup t
    WHERE t.id = NEW.top_up_id AND t.state = 'paid' AND t.user_id = NEW.user_id
      AND t.currency = NEW.currency AND t.amount_micro >= (
        SELECT coalesce(sum(p.amount_micro), 0) FROM payments_payback p
        WHERE p.top_up_id = t.id AND p.state <> 'failed')) THEN
    RAISE EXCEPTION 'more would go back than its owner paid in by this top-up'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER payments_guard_payback AFTER INSERT OR UPDATE ON payments_payback
  FOR EACH ROW EXECUTE FUNCTION payments_guard_payback();
CREATE TRIGGER payments_payback_kept BEFORE DELETE OR TRUNCATE ON payments_payback
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""

_PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_bonus_steps"),
        ("users", "0002_what_is_written_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Payback",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("user", models.ForeignKey(to=settings.AUTH_USER_MODEL, on_delete=_PROTECT)),
                ("key", models.CharField(max_length=64)),
                (
                    "top_up",
                    models.ForeignKey(
                        to="payments.topup",
                        on_delete=_PROTECT,
                        related_name="paybacks",
                        db_index=False,
                    ),
                ),
                ("amount_micro", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("sent", "Sent"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="created",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            "payback",
            models.UniqueConstraint(F("top_up"), F("user"), F("key"), name="payments_payback_once"),
        ),
        migrations.AddConstraint(
            "payback",
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0), name="payments_payback_positive"
            ),
        ),
        migrations.AddConstraint(
            "payback",
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(reason=""), name="payments_payback_failed_why"
            ),
        ),
        migrations.AddIndex(
            "payback",
            models.Index(
                F("due_at"),
                name="payments_payback_due",
                condition=Q(state__in=["created", "sent"]),
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
