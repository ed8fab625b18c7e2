"""Refunds, each the exact negative of one sale, and money that goes back to where it came from."""

import django.db.models.deletion
from django.db import migrations, models

# Python makes it so (`apps.orders.actions.refunds`); nothing else is taken here.
REFUNDS = """
CREATE FUNCTION ledger_guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM ledger_entry s
    WHERE s.id = NEW.reverses_id AND s.kind = 'sale' AND s.subject_id = NEW.subject_id
      AND s.item = NEW.item AND s.price_micro = NEW.price_micro AND s.territory = NEW.territory
      AND s.currency = NEW.currency AND s.accounts = NEW.accounts
      AND NEW.amounts_micro = ARRAY(
        SELECT -u.amount FROM unnest(s.amounts_micro) WITH ORDINALITY AS u(amount, place)
        ORDER BY u.place)
  ) THEN
    RAISE EXCEPTION 'a refund is the exact negative of its sale'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_guard_refund BEFORE INSERT ON ledger_entry
  FOR EACH ROW WHEN (NEW.kind = 'refund') EXECUTE FUNCTION ledger_guard_refund();
"""

# Held and unclaimed money may have been paid out since the sale. A refund gives back what the sale
# put in all the same, and leaves the account below zero until the next division takes it back from
# whoever got it; until then nothing more can be taken out. So refunds are not asked whether the
# account holds so much. Only that is changed in the function, whichever its newest version is.
KEPT = """
DO $do$
DECLARE
  before text := pg_get_functiondef('ledger_guard_entries()'::regprocedure);
  after text;
BEGIN
  after := replace(before, 'bool_or(posting.amount < 0) AS is_debited',
    'bool_or(posting.amount < 0 AND posting.kind <> ''refund'') AS is_debited');
  IF after = before THEN
    RAISE EXCEPTION 'ledger_guard_entries is not as it was';
  END IF;
  before := after;
  after := replace(before, 'SELECT currency, unnest(accounts) AS number',
    'SELECT currency, kind, unnest(accounts) AS number');
  IF after = before THEN
    RAISE EXCEPTION 'ledger_guard_entries is not as it was';
  END IF;
  EXECUTE after;
END $do$;
"""

KINDS = [
    ("sale", "Sale"),
    ("top_up", "Top Up"),
    ("release", "Release"),
    ("distribution", "Distribution"),
    ("refund", "Refund"),
    ("payback", "Payback"),
    ("reserve", "Reserve"),
    ("unreserve", "Unreserve"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_money_set_aside")]

    operations = [
        migrations.AlterField("entry", "kind", models.CharField(max_length=12, choices=KINDS)),
        migrations.AddField(
            "entry",
            "reverses",
            models.ForeignKey(
                to="ledger.entry",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                db_index=False,
                db_constraint=False,
                related_name="reversals",
            ),
        ),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                models.F("reverses"),
                name="ledger_entry_refunded_once",
                condition=models.Q(reverses__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "entry",
            models.CheckConstraint(
                name="ledger_entry_refund_of_a_sale",
                condition=models.Q(kind="refund", reverses__isnull=False)
                | (~models.Q(kind="refund") & models.Q(reverses__isnull=True)),
            ),
        ),
        migrations.RunSQL(REFUNDS, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
