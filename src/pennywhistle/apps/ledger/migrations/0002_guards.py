"""The books' own guards: what Python refuses with a sentence, the database refuses anyway."""

from django.db import migrations

# One statement-level trigger with a transition table: a trigger per row costs twice as much.
POSTINGS_GUARD = """
CREATE FUNCTION ledger_guard_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM added LEFT JOIN ledger_account a
      ON a.number = added.account_id AND a.currency = added.currency
    WHERE a.number IS NULL
  ) THEN
    RAISE EXCEPTION 'a posting names an account that does not exist in its currency'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM added LEFT JOIN ledger_entry e ON e.id = added.entry_id WHERE e.id IS NULL
  ) THEN
    RAISE EXCEPTION 'a posting names an entry that does not exist'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- All postings of an entry come in one statement: each brings line 0, and there is one line 0.
  IF EXISTS (
    SELECT 1 FROM added GROUP BY entry_id HAVING min(line) <> 0
  ) THEN
    RAISE EXCEPTION 'the postings of an entry are written at once, from line 0'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM added GROUP BY entry_id, currency HAVING sum(amount_micro) <> 0
  ) THEN
    RAISE EXCEPTION 'the postings of an entry do not sum to zero'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE ledger_balance b SET amount_micro = b.amount_micro + moved.amount_micro
  FROM (SELECT account_id, sum(amount_micro) AS amount_micro FROM added GROUP BY account_id) moved
  WHERE b.account_id = moved.account_id;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_guard_postings AFTER INSERT ON ledger_posting
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard_postings();
"""

# What is written stays written. The balance row may change, but only under the trigger above.
WRITTEN_ONCE = """
CREATE FUNCTION ledger_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is written once; correct it by a new entry', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_account_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER ledger_entry_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER ledger_posting_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();
CREATE TRIGGER ledger_balance_kept BEFORE DELETE OR TRUNCATE ON ledger_balance
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once();

CREATE FUNCTION ledger_guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'a balance comes with its account and changes by postings only'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_guard_balance BEFORE INSERT OR UPDATE ON ledger_balance
  FOR EACH ROW EXECUTE FUNCTION ledger_guard_balance();

-- A buyer's account without a balance row could go below zero unseen.
CREATE FUNCTION ledger_begin_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_balance (account_id, amount_micro) VALUES (NEW.number, 0);
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_begin_balance AFTER INSERT ON ledger_account
  FOR EACH ROW WHEN (NEW.kind = 'balance') EXECUTE FUNCTION ledger_begin_balance();
"""

# Dense numbers are what makes a page's line position-binding: one account more, one number more.
NUMBERED_DENSELY = """
CREATE FUNCTION ledger_number_densely() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  next_number integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ledger_account_number'));
  SELECT coalesce(max(number) + 1, 0) INTO next_number FROM ledger_account;
  IF NEW.number <> next_number THEN
    RAISE EXCEPTION 'account numbers are dense; the next one is %', next_number
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_number_densely BEFORE INSERT ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_number_densely();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_accounts_entries_postings")]

    operations = [
        migrations.RunSQL(POSTINGS_GUARD, migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERED_DENSELY, migrations.RunSQL.noop),
    ]
