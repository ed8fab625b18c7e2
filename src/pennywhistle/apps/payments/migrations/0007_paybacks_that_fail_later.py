"""What had arrived, as far as a provider could say, may be sent back weeks later."""

from django.db import migrations

# As before, but that what was done may fail; what failed never ends in another way.
GUARDS = """
CREATE OR REPLACE FUNCTION payments_guard_payback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (
    OLD.state = 'failed'
    OR (OLD.state = 'done' AND NEW.state <> 'failed')
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
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_bank_and_reconciliation")]

    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
