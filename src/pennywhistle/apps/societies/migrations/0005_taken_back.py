"""What was distributed, given away since, and taken back: never more than was got, once."""

import django.db.models.deletion
from django.db import migrations, models

# Payments and takings of one line wait for each other: they share the lock of the distributions.
GUARDS = """
CREATE OR REPLACE FUNCTION societies_require_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT line_id AS id FROM added) a
    JOIN societies_distributionline l ON l.id = a.id
    WHERE l.kind <> 'unclaimed'
       OR (SELECT sum(p.gross_micro) FROM societies_latepayment p WHERE p.line_id = a.id)
          + (SELECT coalesce(sum(t.gross_micro), 0) FROM societies_takenback t
             WHERE t.line_id = a.id AND t.party_id IS NULL)
          > l.gross_micro
  ) THEN
    RAISE EXCEPTION 'more would be paid than was kept'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION societies_require_got() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT line_id, party_id FROM added) a
    JOIN societies_distributionline l ON l.id = a.line_id
    JOIN LATERAL (
      SELECT coalesce(sum(p.gross_micro) FILTER (WHERE p.party_id = a.party_id), 0) AS gross,
        coalesce(sum(p.deduction_micro) FILTER (WHERE p.party_id = a.party_id), 0) AS deduction,
        coalesce(sum(p.gross_micro), 0) AS everybodys
      FROM societies_latepayment p WHERE p.line_id = a.line_id
    ) late ON true
    JOIN LATERAL (
      SELECT sum(t.gross_micro) AS gross, sum(t.deduction_micro) AS deduction
      FROM societies_takenback t
      WHERE t.line_id = a.line_id AND t.party_id IS NOT DISTINCT FROM a.party_id
    ) back ON true
    WHERE CASE
      WHEN l.kind = 'paid' THEN l.party_id IS DISTINCT FROM a.party_id
        OR back.gross > l.gross_micro OR back.deduction > l.deduction_micro
      WHEN l.kind <> 'unclaimed' THEN true
      WHEN a.party_id IS NULL THEN back.gross > l.gross_micro - late.everybodys
      ELSE back.gross > late.gross OR back.deduction > late.deduction
    END
  ) THEN
    RAISE EXCEPTION 'more would be taken back than was got'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER societies_takenback_got AFTER INSERT ON societies_takenback
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION societies_require_got();
CREATE TRIGGER societies_takenback_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON societies_takenback
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_check_postings_by_account"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        ("societies", "0004_proposals"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="TakenBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("territory", models.CharField(blank=True, max_length=2)),
                ("gross_micro", models.BigIntegerField()),
                ("deduction_micro", models.BigIntegerField()),
                ("taken_at", models.DateTimeField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back",
                        to="ledger.entry",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back",
                        to="societies.distributionline",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deduction_micro", 0), ("gross_micro__gt", 0)),
                            models.Q(
                                ("deduction_micro__gte", 0),
                                ("deduction_micro__lte", models.F("gross_micro")),
                                ("gross_micro__gt", 0),
                                ("party__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="societies_taken_back_takes",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
