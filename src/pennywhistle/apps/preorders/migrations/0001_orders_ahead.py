"""Orders of what is not out yet: what was ordered never changes, and ends once."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was ordered never changes; an order that has ended is only told of.
GUARD = """
CREATE FUNCTION preorders_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told text[] := ARRAY['told_at', 'try_count'];
  moving text[] := told || ARRAY[
    'releases_at', 'look_at', 'state', 'ended_at', 'order_id', 'reason'];
BEGIN
  IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving OR (
    OLD.state <> 'waiting' AND to_jsonb(OLD) - told IS DISTINCT FROM to_jsonb(NEW) - told
  ) THEN
    RAISE EXCEPTION 'what was ordered ahead never changes, and ends once'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER preorders_guard BEFORE UPDATE ON preorders_preorder
  FOR EACH ROW EXECUTE FUNCTION preorders_guard();
CREATE TRIGGER preorders_kept BEFORE DELETE OR TRUNCATE ON preorders_preorder
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0007_originals"),
        ("orders", "0009_write_entries_whole"),
        ("users", "0003_access_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PreOrder",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=64)),
                ("territory", models.CharField(max_length=2)),
                ("currency", models.CharField(max_length=3)),
                ("held_micro", models.BigIntegerField()),
                ("placed_at", models.DateTimeField()),
                ("releases_at", models.DateTimeField()),
                ("look_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sold", "Sold"),
                            ("canceled", "Canceled"),
                            ("given_back", "Given Back"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("told_at", models.DateTimeField(null=True)),
                ("try_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pre_orders",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pre_order",
                        to="orders.order",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.release",
                    ),
                ),
                (
                    "track",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.track",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("look_at"),
                        condition=models.Q(("state", "waiting")),
                        name="preorders_due",
                    ),
                    models.Index(
                        models.F("ended_at"),
                        condition=models.Q(("state", "given_back"), ("told_at__isnull", True)),
                        name="preorders_to_be_told",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("buyer"), models.F("key"), name="preorders_key_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("buyer", "release", "track"),
                        name="preorders_waiting_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_micro__gt", 0)), name="preorders_held"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "waiting")),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="preorders_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("order__isnull", False), ("state", "sold")),
                            models.Q(
                                models.Q(("state", "sold"), _negated=True), ("order__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="preorders_sold_by_an_order",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
