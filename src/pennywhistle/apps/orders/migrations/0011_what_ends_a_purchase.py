"""Refunds end entitlements, which can then be bought again; downloads, waivers and withdrawals."""

import uuid
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# It may end, once, by the refund of its own sale; nothing else of it ever changes.
ENDED_ONCE = """
CREATE FUNCTION orders_end_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL
     OR to_jsonb(OLD) - 'ended_at' - 'ended_by_id'
        IS DISTINCT FROM to_jsonb(NEW) - 'ended_at' - 'ended_by_id'
     OR NOT EXISTS (
       SELECT FROM ledger_entry e
       WHERE e.id = NEW.ended_by_id AND e.kind = 'refund' AND e.reverses_id = NEW.line_id) THEN
    RAISE EXCEPTION 'an entitlement ends once, by the refund of its sale, and never changes else'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orders_entitlement_ended_once BEFORE UPDATE ON orders_entitlement
  FOR EACH ROW EXECUTE FUNCTION orders_end_once();

-- The row of a refund names the entry that is its line's.
CREATE FUNCTION orders_guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM ledger_entry e
    JOIN orders_orderline l ON l.entry_id = e.reverses_id
    WHERE e.id = NEW.entry_id AND e.kind = 'refund' AND l.entry_id = NEW.line_id) THEN
    RAISE EXCEPTION 'a refund names the entry that reverses its sale'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orders_guard_refund BEFORE INSERT ON orders_refund
  FOR EACH ROW EXECUTE FUNCTION orders_guard_refund();

CREATE TRIGGER orders_refund_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_refund
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER orders_refundterms_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_refundterms
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER orders_download_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_download
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER orders_waiver_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_waiver
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER orders_withdrawal_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON orders_withdrawal
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""

# What the till compares is how often the shelf changed: each entitlement that came counts one, each
# that ended one more, so that the same count is the same shelf. Nothing else of the function
# changes, whichever its newest version is. Migrations that write it anew keep this.
SHELF_COUNTED = """
DO $do$
DECLARE
  before text := (SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'orders_check_out');
  after text := replace(before, '(SELECT count(*) FROM orders_entitlement e',
    '(SELECT count(*) + count(e.ended_at) FROM orders_entitlement e');
BEGIN
  IF after = before THEN
    RAISE EXCEPTION 'orders_check_out does not count the shelf as it did';
  END IF;
  EXECUTE after;
END $do$;
"""

_PROTECT = django.db.models.deletion.PROTECT
_USER = settings.AUTH_USER_MODEL


def _id() -> Any:  # noqa: ANN401 (a field, whose type has parameters)
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _of_order(model: str, related_name: str | None = None) -> Any:  # noqa: ANN401 (a field, whose type has parameters)
    return models.OneToOneField(
        to=model,
        on_delete=_PROTECT,
        primary_key=True,
        serialize=False,
        db_constraint=False,
        related_name=related_name,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_offers_in_carts"),
        ("ledger", "0011_refunds_and_paybacks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("entitlement", "ended_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "entitlement",
            "ended_by",
            models.ForeignKey(
                to="ledger.entry",
                on_delete=_PROTECT,
                null=True,
                db_index=False,
                db_constraint=False,
            ),
        ),
        migrations.RemoveConstraint("entitlement", "orders_owned_once"),
        migrations.AddConstraint(
            "entitlement",
            models.UniqueConstraint(
                F("buyer"),
                F("release"),
                F("track"),
                F("ended_by"),
                name="orders_owned_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            "entitlement",
            models.CheckConstraint(
                name="orders_entitlement_ended",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ),
        migrations.CreateModel(
            name="RefundTerms",
            fields=[
                ("id", _id()),
                ("days", models.PositiveSmallIntegerField()),
                ("downloads_max", models.PositiveSmallIntegerField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(to=_USER, on_delete=_PROTECT, null=True, related_name="+"),
                ),
            ],
        ),
        migrations.AddConstraint(
            "refundterms",
            models.CheckConstraint(
                name="orders_refund_terms", condition=Q(days__lte=365, downloads_max__lte=1_000)
            ),
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("line", _of_order("orders.orderline", related_name="refund")),
                (
                    "entry",
                    models.OneToOneField(
                        to="ledger.entry",
                        on_delete=_PROTECT,
                        db_constraint=False,
                        related_name="refund",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        max_length=10,
                        choices=[
                            ("buyer", "Buyer"),
                            ("withdrawal", "Withdrawal"),
                            ("operator", "Operator"),
                        ],
                    ),
                ),
                ("reason", models.CharField(max_length=2_000, blank=True)),
                (
                    "asked_by",
                    models.ForeignKey(to=_USER, on_delete=_PROTECT, related_name="+"),
                ),
                ("refunded_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="orders_refund_reason", condition=~Q(why="operator", reason="")
            ),
        ),
        migrations.CreateModel(
            name="Download",
            fields=[
                ("id", _id()),
                (
                    "entitlement",
                    models.ForeignKey(
                        to="orders.entitlement",
                        on_delete=_PROTECT,
                        db_index=False,
                        related_name="downloads",
                    ),
                ),
                (
                    "track",
                    models.ForeignKey(
                        to="catalog.track", on_delete=_PROTECT, db_index=False, db_constraint=False
                    ),
                ),
                ("started_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            "download",
            models.UniqueConstraint(F("entitlement"), F("track"), name="orders_download_once"),
        ),
        migrations.CreateModel(
            name="Waiver",
            fields=[
                ("order", _of_order("orders.order")),
                ("version", models.CharField(max_length=20)),
                ("words", models.CharField(max_length=2_000)),
                ("given_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("user", models.ForeignKey(to=_USER, on_delete=_PROTECT)),
                ("key", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("contact", models.EmailField(max_length=254)),
                (
                    "line",
                    models.ForeignKey(
                        to="orders.orderline", on_delete=_PROTECT, null=True, db_constraint=False
                    ),
                ),
                ("statement", models.CharField(max_length=2_000)),
                (
                    "outcome",
                    models.CharField(
                        max_length=10,
                        choices=[("refunded", "Refunded"), ("paid-back", "Paid Back")],
                    ),
                ),
                ("stated_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            "withdrawal",
            models.UniqueConstraint(F("user"), F("key"), name="orders_withdrawal_key_once"),
        ),
        migrations.AddConstraint(
            "withdrawal",
            models.CheckConstraint(
                name="orders_withdrawal_of_what",
                condition=Q(outcome="refunded", line__isnull=False)
                | Q(outcome="paid-back", line__isnull=True),
            ),
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", _id()),
                ("user", models.ForeignKey(to=_USER, on_delete=_PROTECT)),
                (
                    "waiver",
                    models.OneToOneField(to="orders.waiver", on_delete=_PROTECT, null=True),
                ),
                (
                    "withdrawal",
                    models.OneToOneField(to="orders.withdrawal", on_delete=_PROTECT, null=True),
                ),
                ("try_count", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            "letter",
            models.CheckConstraint(
                name="orders_letter_of_one",
                condition=Q(waiver__isnull=True, withdrawal__isnull=False)
                | Q(waiver__isnull=False, withdrawal__isnull=True),
            ),
        ),
        migrations.AddIndex(
            "letter",
            models.Index(
                F("try_count"),
                F("id"),
                name="orders_letter_waiting",
                condition=Q(sent_at__isnull=True),
            ),
        ),
        migrations.RunSQL(ENDED_ONCE, migrations.RunSQL.noop),
        migrations.RunSQL(SHELF_COUNTED, migrations.RunSQL.noop),
    ]
