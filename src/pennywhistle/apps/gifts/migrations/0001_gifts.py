"""Gifts: what is given never changes, and is handed over or taken back once."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What is given never changes; a gift that is gone stays as it is.
GUARD = """
CREATE FUNCTION gifts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told text[] := ARRAY['sent_at', 'try_count', 'is_unwanted'];
  moving text[] := told || ARRAY[
    'serial', 'token_sha256', 'state', 'ended_at', 'redeemer_id', 'order_id'];
BEGIN
  IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving OR (
    OLD.state <> 'open' AND to_jsonb(OLD) - told IS DISTINCT FROM to_jsonb(NEW) - told
  ) THEN
    RAISE EXCEPTION 'what is given never changes, and is handed over once'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER gifts_guard BEFORE UPDATE ON gifts_gift
  FOR EACH ROW EXECUTE FUNCTION gifts_guard();
CREATE TRIGGER gifts_kept BEFORE DELETE OR TRUNCATE ON gifts_gift
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
            name="NoGifts",
            fields=[
                (
                    "address_sha256",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "addresses without gifts",
            },
        ),
        migrations.CreateModel(
            name="Gift",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("held_micro", models.BigIntegerField()),
                ("from_name", models.CharField(max_length=60)),
                ("words", models.CharField(blank=True, max_length=500)),
                ("language", models.CharField(max_length=10)),
                ("to_email", models.EmailField(blank=True, max_length=254)),
                ("send_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("try_count", models.PositiveSmallIntegerField(default=0)),
                ("is_unwanted", models.BooleanField(default=False)),
                ("serial", models.PositiveSmallIntegerField(default=0)),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("redeemed", "Redeemed"),
                            ("taken_back", "Taken Back"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gifts_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gift",
                        to="orders.order",
                    ),
                ),
                (
                    "redeemer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gifts_taken",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.release",
                    ),
                ),
                (
                    "to_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        models.F("send_at"),
                        condition=models.Q(
                            ("send_at__isnull", False), ("sent_at__isnull", True), ("state", "open")
                        ),
                        name="gifts_to_be_sent",
                    ),
                    models.Index(
                        models.F("to_email"), models.F("sent_at"), name="gifts_by_address"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("giver"), models.F("key"), name="gifts_key_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_micro__gt", 0)), name="gifts_held"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("release__isnull", False), ("track__isnull", True), _connector="OR"
                        ),
                        name="gifts_of_an_item",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("send_at__isnull", True),
                            models.Q(("to_email", ""), _negated=True),
                            ("to_user__isnull", False),
                            _connector="OR",
                        ),
                        name="gifts_sent_to_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "open")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state__in", ["redeemed", "taken_back"]),
                            ),
                            _connector="OR",
                        ),
                        name="gifts_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("redeemer__isnull", False), ("state", "redeemed")),
                            models.Q(
                                models.Q(("state", "redeemed"), _negated=True),
                                ("order__isnull", True),
                                ("redeemer__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="gifts_redeemed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
