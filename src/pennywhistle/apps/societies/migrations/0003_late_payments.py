"""What a society kept for nobody and paid later: never more than it kept, and written once."""

import django.db.models.deletion
from django.db import migrations, models

# Payments of one line wait for each other: they share the lock of the society's distributions.
GUARDS = """
CREATE FUNCTION societies_require_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT line_id AS id FROM added) a
    JOIN societies_distributionline l ON l.id = a.id
    WHERE l.kind <> 'unclaimed'
       OR (SELECT sum(p.gross_micro) FROM societies_latepayment p WHERE p.line_id = a.id)
          > l.gross_micro
  ) THEN
    RAISE EXCEPTION 'more would be paid than was kept'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER societies_latepayment_kept AFTER INSERT ON societies_latepayment
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION societies_require_kept();
CREATE TRIGGER societies_latepayment_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON societies_latepayment
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_check_postings_by_account"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        ("societies", "0002_guards"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="LatePayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gross_micro", models.BigIntegerField()),
                ("deduction_micro", models.BigIntegerField()),
                ("paid_at", models.DateTimeField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_payments",
                        to="ledger.entry",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_payments",
                        to="societies.distributionline",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_payments",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deduction_micro__gte", 0),
                            ("gross_micro__gt", 0),
                            ("deduction_micro__lte", models.F("gross_micro")),
                        ),
                        name="societies_late_payment_gives",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
