"""Postings are checked in one pass; the account of an entry once a statement, without a lock."""

import django.db.models.deletion
from django.db import migrations, models

# Accounts are looked up row by row (a subquery, not a join): a store has more of them than a
# statement has postings, and whatever the plan was made for, it shall not read them all.
POSTINGS = """
CREATE OR REPLACE FUNCTION ledger_guard_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_foreign boolean;
  is_loose boolean;
  is_late boolean;
  is_unbalanced boolean;
  kept integer[];
  held integer[];
  moved bigint[];
BEGIN
  WITH posting AS MATERIALIZED (
    SELECT added.*, (
      SELECT a.kind FROM ledger_account a
      WHERE a.number = added.account_id AND a.currency = added.currency) AS account_kind
    FROM added
  ), entry AS (
    SELECT entry_id, currency, sum(amount_micro) AS total
    FROM posting GROUP BY entry_id, currency
  )
  SELECT p.unknown, p.taken, p.accounts, p.amounts,
    p.first_line < 0 OR p.firsts <> (SELECT count(DISTINCT entry_id) FROM entry),
    (SELECT bool_or(entry.total <> 0) FROM entry),
    (SELECT bool_or(NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = entry.entry_id))
     FROM entry)
  INTO is_foreign, kept, held, moved, is_late, is_unbalanced, is_loose
  FROM (
    SELECT bool_or(account_kind IS NULL) AS unknown, min(line) AS first_line,
      count(*) FILTER (WHERE line = 0) AS firsts,
      array_agg(account_id) FILTER (
        WHERE amount_micro < 0 AND account_kind IN ('held', 'unclaimed')) AS taken,
      array_agg(account_id) FILTER (WHERE account_kind = 'balance') AS accounts,
      array_agg(amount_micro) FILTER (WHERE account_kind = 'balance') AS amounts
    FROM posting
  ) p;
  IF is_foreign THEN
    RAISE EXCEPTION 'a posting names an account that does not exist in its currency'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF is_loose THEN
    RAISE EXCEPTION 'a posting names an entry that does not exist'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- All postings of an entry come in one statement: each brings line 0, and there is one line 0.
  IF is_late THEN
    RAISE EXCEPTION 'the postings of an entry are written at once, from line 0'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF is_unbalanced THEN
    RAISE EXCEPTION 'the postings of an entry do not sum to zero'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- A credit takes no lock: sales that hold back money for the same work do not wait for one
  -- another. Only what takes money away waits its turn and adds the account up.
  IF kept IS NOT NULL THEN
    PERFORM ledger_require_kept(kept);
  END IF;
  IF held IS NOT NULL THEN
    UPDATE ledger_balance b SET amount_micro = b.amount_micro + change.amount_micro
    FROM (SELECT account_id, sum(amount_micro) AS amount_micro
          FROM unnest(held, moved) AS m(account_id, amount_micro)
          GROUP BY account_id) change
    WHERE b.account_id = change.account_id;
  END IF;
  RETURN NULL;
END $$;
"""

# The same rule as before, without a call for each row that is right.
BALANCES = """
CREATE OR REPLACE FUNCTION ledger_guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a balance comes with its account and changes by postings only'
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE TRIGGER ledger_guard_balance BEFORE INSERT OR UPDATE ON ledger_balance
  FOR EACH ROW WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION ledger_guard_balance();
"""

# Instead of a foreign key, which would lock the account's row: accounts neither change nor go.
SUBJECTS = """
CREATE FUNCTION ledger_guard_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM added
    WHERE NOT coalesce((SELECT true FROM ledger_account a WHERE a.number = added.subject_id), false)
  ) THEN
    RAISE EXCEPTION 'an entry names an account that does not exist'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_guard_entries AFTER INSERT ON ledger_entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard_entries();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_one_guard_of_postings")]

    operations = [
        migrations.RunSQL(POSTINGS, migrations.RunSQL.noop),
        migrations.RunSQL(BALANCES, migrations.RunSQL.noop),
        migrations.RunSQL(SUBJECTS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="entry",
            name="subject",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.account",
            ),
        ),
    ]
