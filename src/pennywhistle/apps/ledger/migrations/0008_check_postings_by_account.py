"""Postings are checked by account and by entry, which are fewer; what is wrong is named after."""

from django.db import migrations

# The rules of 0006. Most statements are right: one look tells that, and only a statement of which
# that look is not sure is looked at again, for which of the rules it breaks. Accounts and entries
# are looked up by subqueries, as in 0006: whatever the plan was made for, none reads a whole table.
POSTINGS = """
CREATE OR REPLACE FUNCTION ledger_guard_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_foreign boolean;
  kept integer[];
  held integer[];
  moved bigint[];
BEGIN
  SELECT bool_or(account.kind IS NULL),
    array_agg(account_id) FILTER (
      WHERE account.is_debited AND account.kind IN ('held', 'unclaimed')),
    array_agg(account_id) FILTER (WHERE account.kind = 'balance'),
    array_agg(account.moved) FILTER (WHERE account.kind = 'balance')
  INTO is_foreign, kept, held, moved
  FROM (
    SELECT account_id, sum(amount_micro) AS moved, min(amount_micro) < 0 AS is_debited, (
      SELECT a.kind FROM ledger_account a
      WHERE a.number = added.account_id AND a.currency = added.currency) AS kind
    FROM added GROUP BY account_id, currency
  ) account;
  IF is_foreign THEN
    RAISE EXCEPTION 'a posting names an account that does not exist in its currency'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- An entry in several currencies has its line 0 in one of them, and is looked at again.
  IF EXISTS (
    SELECT 1 FROM added GROUP BY entry_id, currency
    HAVING sum(amount_micro) <> 0 OR min(line) <> 0
      OR (SELECT true FROM ledger_entry e WHERE e.id = added.entry_id) IS NOT TRUE
  ) THEN
    IF EXISTS (
      SELECT 1 FROM added LEFT JOIN ledger_entry e ON e.id = added.entry_id WHERE e.id IS NULL
    ) THEN
      RAISE EXCEPTION 'a posting names an entry that does not exist'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- All postings of an entry come in one statement: each brings line 0, and there is one line 0.
    IF EXISTS (SELECT 1 FROM added GROUP BY entry_id HAVING min(line) <> 0) THEN
      RAISE EXCEPTION 'the postings of an entry are written at once, from line 0'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
      SELECT 1 FROM added GROUP BY entry_id, currency HAVING sum(amount_micro) <> 0
    ) THEN
      RAISE EXCEPTION 'the postings of an entry do not sum to zero'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  -- A credit takes no lock: sales that hold back money for the same work do not wait for one
  -- another. Only what takes money away waits its turn and adds the account up.
  IF kept IS NOT NULL THEN
    PERFORM ledger_require_kept(kept);
  END IF;
  IF held IS NOT NULL THEN
    UPDATE ledger_balance b SET amount_micro = b.amount_micro + change.amount_micro
    FROM unnest(held, moved) AS change(account_id, amount_micro)
    WHERE b.account_id = change.account_id;
  END IF;
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_distributions")]

    operations = [migrations.RunSQL(POSTINGS, migrations.RunSQL.noop)]
