"""Doors and what lies behind them, payments that banks take back, and from where payments begin."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER payments_doorswitch_closed_once BEFORE UPDATE ON payments_doorswitch
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER payments_doorswitch_kept BEFORE DELETE OR TRUNCATE ON payments_doorswitch
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_doorlimit_closed_once BEFORE UPDATE ON payments_doorlimit
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER payments_doorlimit_kept BEFORE DELETE OR TRUNCATE ON payments_doorlimit
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_lossshare_closed_once BEFORE UPDATE ON payments_lossshare
  FOR EACH ROW EXECUTE FUNCTION closed_once();
CREATE TRIGGER payments_lossshare_kept BEFORE DELETE OR TRUNCATE ON payments_lossshare
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();

CREATE FUNCTION payments_guard_sweep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'due'
     OR to_jsonb(OLD) - 'state' - 'words' - 'decided_by_id' - 'settled_at'
        IS DISTINCT FROM to_jsonb(NEW) - 'state' - 'words' - 'decided_by_id' - 'settled_at' THEN
    RAISE EXCEPTION 'a sweep ends once, and its amount never changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payments_guard_sweep BEFORE UPDATE ON payments_sweep
  FOR EACH ROW EXECUTE FUNCTION payments_guard_sweep();
CREATE TRIGGER payments_sweep_kept BEFORE DELETE OR TRUNCATE ON payments_sweep
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();

-- What it is of and how much never changes, and its end is final. What comes back to the balance
-- of a payment that was lost still goes from the loss to what is held, and no other way.
CREATE FUNCTION payments_guard_chargeback() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moving text[] := ARRAY['state', 'reason', 'answer_until', 'settled_at', 'held_micro',
    'bonus_held_micro', 'short_micro', 'fee_micro', 'is_withdrawn', 'entry_count'];
BEGIN
  IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
     OR (OLD.settled_at IS NOT NULL AND (
       OLD.state <> NEW.state OR OLD.settled_at IS DISTINCT FROM NEW.settled_at))
     OR (OLD.is_withdrawn AND NOT NEW.is_withdrawn)
     OR NEW.entry_count < OLD.entry_count THEN
    RAISE EXCEPTION 'a chargeback ends once, and what it is of never changes'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payments_guard_chargeback BEFORE UPDATE ON payments_chargeback
  FOR EACH ROW EXECUTE FUNCTION payments_guard_chargeback();
CREATE TRIGGER payments_chargeback_kept BEFORE DELETE OR TRUNCATE ON payments_chargeback
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();

CREATE FUNCTION payments_guard_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.sent_at IS NOT NULL
     OR to_jsonb(OLD) - 'sent_at' IS DISTINCT FROM to_jsonb(NEW) - 'sent_at' THEN
    RAISE EXCEPTION 'an answer is sent once, as it was written'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payments_guard_answer BEFORE UPDATE ON payments_chargebackanswer
  FOR EACH ROW EXECUTE FUNCTION payments_guard_answer();
CREATE TRIGGER payments_answer_kept BEFORE DELETE OR TRUNCATE ON payments_chargebackanswer
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0002_the_store_may_add_a_subsidy"),
        ("payments", "0004_paybacks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Chargeback",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("dispute", "Dispute"), ("warning", "Warning")], max_length=10
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                ("ref", models.CharField(max_length=120)),
                ("amount_micro", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("answered", "Answered"),
                            ("refunding", "Refunding"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                            ("refunded", "Refunded"),
                            ("left", "Left"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("opened_at", models.DateTimeField()),
                ("noted_at", models.DateTimeField()),
                ("answer_until", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("held_micro", models.BigIntegerField(default=0)),
                ("bonus_held_micro", models.BigIntegerField(default=0)),
                ("short_micro", models.BigIntegerField(default=0)),
                ("fee_micro", models.BigIntegerField(default=0)),
                ("is_withdrawn", models.BooleanField(default=False)),
                ("entry_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="DoorError",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                ("code", models.CharField(max_length=40)),
                ("said", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DoorLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                ("currency", models.CharField(max_length=3)),
                ("most_micro", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DoorSwitch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("is_open", models.BooleanField()),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("operator", "Operator"),
                            ("frozen", "Frozen"),
                            ("health", "Health"),
                            ("exposure", "Exposure"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LossShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("numerator", models.IntegerField()),
                ("denominator", models.IntegerField()),
                ("contract", models.CharField(max_length=500)),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SpentPuzzle",
            fields=[
                ("nonce", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("spent_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Sweep",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=30)),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("amount_micro", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("due", "Due"), ("moved", "Moved"), ("dropped", "Dropped")],
                        default="due",
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Trace",
            fields=[
                (
                    "top_up",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="trace",
                        serialize=False,
                        to="payments.topup",
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("address", models.CharField(max_length=45)),
                ("network", models.CharField(max_length=50)),
                ("network_wide", models.CharField(max_length=50)),
                ("is_challenge_asked", models.BooleanField(default=False)),
                ("is_challenged", models.BooleanField(default=False)),
                ("fingerprint", models.CharField(blank=True, max_length=120)),
                ("scheme", models.CharField(blank=True, max_length=30)),
                ("decline_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddIndex(
            model_name="topup",
            index=models.Index(models.F("settled_at"), name="payments_topup_settled"),
        ),
        migrations.AddField(
            model_name="chargeback",
            name="top_up",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chargebacks",
                to="payments.topup",
            ),
        ),
        migrations.AddField(
            model_name="doorerror",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="doorlimit",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="doorswitch",
            name="recorded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lossshare",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party"
            ),
        ),
        migrations.AddField(
            model_name="lossshare",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sweep",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="trace",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="ChargebackAnswer",
            fields=[
                (
                    "chargeback",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="answer",
                        serialize=False,
                        to="payments.chargeback",
                    ),
                ),
                ("evidence", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="chargeback",
            index=models.Index(
                models.F("answer_until"),
                condition=models.Q(("state__in", ["open", "answered", "refunding"])),
                name="payments_chargeback_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.UniqueConstraint(
                models.F("provider"), models.F("ref"), name="payments_chargeback_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_micro__gt", 0),
                    ("bonus_held_micro__gte", 0),
                    ("held_micro__gte", 0),
                    ("short_micro__gte", 0),
                ),
                name="payments_chargeback_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "amount_micro",
                            django.db.models.expressions.CombinedExpression(
                                models.F("held_micro"), "+", models.F("short_micro")
                            ),
                        ),
                        ("is_withdrawn", True),
                    ),
                    models.Q(
                        ("held_micro__lte", models.F("amount_micro")),
                        ("is_withdrawn", False),
                        ("short_micro", 0),
                    ),
                    _connector="OR",
                ),
                name="payments_chargeback_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("settled_at__isnull", True),
                        ("state__in", ["open", "answered", "refunding"]),
                    ),
                    models.Q(
                        ("settled_at__isnull", False),
                        ("state__in", ["won", "lost", "refunded", "left"]),
                    ),
                    _connector="OR",
                ),
                name="payments_chargeback_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="doorerror",
            index=models.Index(models.F("at"), name="payments_door_error_at"),
        ),
        migrations.AddConstraint(
            model_name="doorlimit",
            constraint=models.UniqueConstraint(
                models.F("provider"),
                models.F("currency"),
                condition=models.Q(("closed_at__isnull", True)),
                name="payments_door_limit_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="doorlimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("most_micro__gte", 0)), name="payments_door_limit_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="doorlimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="payments_door_limit_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="doorswitch",
            constraint=models.UniqueConstraint(
                models.F("provider"),
                models.F("currency"),
                models.F("country"),
                models.F("cause"),
                condition=models.Q(("closed_at__isnull", True)),
                name="payments_door_switch_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="doorswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", "operator"), ("recorded_by__isnull", False)),
                    models.Q(
                        models.Q(("cause", "operator"), _negated=True),
                        ("is_open", False),
                        ("recorded_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="payments_door_switch_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="doorswitch",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="payments_door_switch_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="lossshare",
            constraint=models.UniqueConstraint(
                models.F("party"),
                condition=models.Q(("closed_at__isnull", True)),
                name="payments_loss_share_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="lossshare",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("numerator__gt", 0),
                    ("numerator__lte", models.F("denominator")),
                    models.Q(("contract", ""), _negated=True),
                ),
                name="payments_loss_share_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="sweep",
            constraint=models.UniqueConstraint(
                models.F("provider"),
                models.F("currency"),
                models.F("day"),
                name="payments_sweep_once_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="sweep",
            constraint=models.UniqueConstraint(
                models.F("provider"),
                models.F("currency"),
                condition=models.Q(("state", "due")),
                name="payments_sweep_one_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="sweep",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_micro__gt", 0)), name="payments_sweep_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="sweep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "due"),
                    models.Q(("settled_at__isnull", False), models.Q(("words", ""), _negated=True)),
                    _connector="OR",
                ),
                name="payments_sweep_settled",
            ),
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(
                models.F("user"), models.F("created_at"), name="payments_trace_user"
            ),
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(
                models.F("network"), models.F("created_at"), name="payments_trace_network"
            ),
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(
                models.F("network_wide"), models.F("created_at"), name="payments_trace_wide"
            ),
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(
                models.F("fingerprint"),
                models.F("created_at"),
                condition=models.Q(("fingerprint", ""), _negated=True),
                name="payments_trace_fingerprint",
            ),
        ),
        migrations.AddIndex(
            model_name="trace",
            index=models.Index(models.F("created_at"), name="payments_trace_at"),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
