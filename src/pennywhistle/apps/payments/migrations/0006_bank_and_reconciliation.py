"""The store's bank account, what providers' reports say, and what differs from the books."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What the bank and providers said, and what was made of it, stays. An order and a difference end
# once: the first argument names the column that says so, the others all that may change.
GUARDS = """
CREATE FUNCTION payments_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(OLD) ->> TG_ARGV[0] IS NOT NULL
     OR to_jsonb(OLD) - TG_ARGV::text[] IS DISTINCT FROM to_jsonb(NEW) - TG_ARGV::text[] THEN
    RAISE EXCEPTION '% ends once, and otherwise never changes', TG_TABLE_NAME
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER payments_bankstatement_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_bankstatement
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_bankentry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_bankentry
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_bankend_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_bankend
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_banktransfer_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_banktransfer
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_providermovement_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_providermovement
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_bankorder_kept BEFORE DELETE OR TRUNCATE ON payments_bankorder
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_difference_kept BEFORE DELETE OR TRUNCATE ON payments_difference
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER payments_bankorder_ends_once BEFORE UPDATE ON payments_bankorder
  FOR EACH ROW EXECUTE FUNCTION payments_ends_once('ended_at', 'state', 'reason', 'ordered_at');
CREATE TRIGGER payments_difference_ends_once BEFORE UPDATE ON payments_difference
  FOR EACH ROW EXECUTE FUNCTION
    payments_ends_once('settled_at', 'settled_by_id', 'reason', 'ledger_key');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0005_doors_chargebacks_and_traces"),
        ("users", "0002_what_is_written_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True)),
                ("account", models.CharField(max_length=34)),
                ("amount_micro", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("booked_on", models.DateField()),
                ("value_on", models.DateField(null=True)),
                ("bank_ref", models.CharField(blank=True, max_length=140)),
                ("reference", models.CharField(blank=True, max_length=140)),
                ("end_to_end", models.CharField(blank=True, max_length=140)),
                ("text", models.CharField(blank=True, max_length=1000)),
                ("other_name", models.CharField(blank=True, max_length=140)),
                ("other_iban", models.CharField(blank=True, max_length=34)),
                ("is_return", models.BooleanField(default=False)),
                ("return_reason", models.CharField(blank=True, max_length=140)),
                ("read_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="BankTransfer",
            fields=[
                (
                    "top_up",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="payments.topup",
                    ),
                ),
                ("reference", models.CharField(max_length=25, unique=True)),
                ("announced_micro", models.BigIntegerField()),
                ("begun_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="BankOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=35, unique=True)),
                ("to_name", models.CharField(max_length=140)),
                ("to_iban", models.CharField(max_length=34)),
                ("amount_micro", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("ordered", "Ordered"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="created",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "entry",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="payments.bankentry",
                    ),
                ),
                (
                    "top_up",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="payments.topup"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BankStatement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("ordinal", models.SmallIntegerField()),
                ("form", models.CharField(max_length=8)),
                ("source_name", models.CharField(max_length=200)),
                ("account", models.CharField(max_length=34)),
                ("currency", models.CharField(max_length=3)),
                ("name", models.CharField(blank=True, max_length=140)),
                ("opening_micro", models.BigIntegerField(null=True)),
                ("closing_micro", models.BigIntegerField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("line_count", models.IntegerField()),
                ("new_count", models.IntegerField()),
                ("read_at", models.DateTimeField()),
                (
                    "read_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="bankentry",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="payments.bankstatement",
            ),
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                ("currency", models.CharField(max_length=3)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unknown", "Unknown"),
                            ("missing", "Missing"),
                            ("amount", "Amount"),
                            ("balance", "Balance"),
                            ("gap", "Gap"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=160)),
                ("amount_micro", models.BigIntegerField()),
                ("said", models.CharField(max_length=1000)),
                ("entries", models.JSONField(default=list)),
                ("found_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("ledger_key", models.CharField(blank=True, max_length=120)),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProviderMovement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                ("ref", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=20)),
                ("amount_micro", models.BigIntegerField()),
                ("fee_micro", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("moved_at", models.DateTimeField()),
                ("available_at", models.DateTimeField(null=True)),
                ("source_ref", models.CharField(blank=True, max_length=120)),
                ("reference", models.CharField(blank=True, max_length=120)),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["provider", "currency", "moved_at"], name="payments_movement_by"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("provider"), models.F("ref"), name="payments_movement_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BankEnd",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="end",
                        serialize=False,
                        to="payments.bankentry",
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("credited", "Credited"),
                            ("sent", "Sent"),
                            ("returned", "Returned"),
                            ("swept", "Swept"),
                            ("fee", "Fee"),
                            ("own", "Own"),
                            ("back", "Back"),
                            ("payee", "Payee"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("ledger_key", models.CharField(blank=True, max_length=120)),
                ("ended_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ends",
                        to="payments.bankorder",
                    ),
                ),
                (
                    "top_up",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_ends",
                        to="payments.topup",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="bankorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_micro__gt", 0)), name="payments_bankorder_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "failed"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="payments_bankorder_failed_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankstatement",
            constraint=models.UniqueConstraint(
                models.F("sha256"), models.F("ordinal"), name="payments_bankstatement_once"
            ),
        ),
        migrations.AddIndex(
            model_name="bankentry",
            index=models.Index(fields=["booked_on", "id"], name="payments_bankentry_by_day"),
        ),
        migrations.AddConstraint(
            model_name="bankentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_micro", 0), _negated=True),
                name="payments_bankentry_moves_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.UniqueConstraint(
                models.F("provider"),
                models.F("currency"),
                models.F("kind"),
                models.F("subject"),
                condition=models.Q(("settled_at__isnull", True)),
                name="payments_difference_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_at__isnull", True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="payments_difference_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankend",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="payments_bankend_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankend",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("how", "credited"), _negated=True),
                    models.Q(("ledger_key__gt", ""), ("top_up__isnull", False)),
                    _connector="OR",
                ),
                name="payments_bankend_credited_to",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankend",
            constraint=models.UniqueConstraint(
                models.F("order"),
                models.F("how"),
                condition=models.Q(("order__isnull", False)),
                name="payments_bankend_of_order_once",
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
