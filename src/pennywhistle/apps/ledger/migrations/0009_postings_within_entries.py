"""An entry carries its postings; `ledger_posting` is a view of them, one row for each."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

# Nothing is changed by this but the form: an account, an amount and a line for each posting stand
# in the entry's row, in the order of the lines. What could not be told in that form stops here.
MOVE = """
ALTER TABLE ledger_entry
  ADD COLUMN currency varchar(3),
  ADD COLUMN accounts integer[],
  ADD COLUMN amounts_micro bigint[];

DO $$
BEGIN
  IF EXISTS (
    SELECT FROM ledger_posting GROUP BY entry_id
    HAVING min(line) <> 0 OR max(line) + 1 <> count(*) OR count(DISTINCT currency) <> 1
  ) OR EXISTS (
    SELECT FROM ledger_entry e
    WHERE NOT EXISTS (SELECT FROM ledger_posting p WHERE p.entry_id = e.id)
  ) THEN
    RAISE EXCEPTION 'an entry has no postings, gaps between its lines, or several currencies';
  END IF;
END $$;

ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_written_once;
UPDATE ledger_entry e
SET currency = p.currency, accounts = p.accounts, amounts_micro = p.amounts_micro
FROM (
  SELECT entry_id, min(currency) AS currency, array_agg(account_id ORDER BY line) AS accounts,
    array_agg(amount_micro ORDER BY line) AS amounts_micro
  FROM ledger_posting GROUP BY entry_id
) p WHERE p.entry_id = e.id;
ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_written_once;

DROP TABLE ledger_posting;
DROP FUNCTION ledger_guard_postings();
ALTER TABLE ledger_entry
  ALTER COLUMN currency SET NOT NULL,
  ALTER COLUMN accounts SET NOT NULL,
  ALTER COLUMN amounts_micro SET NOT NULL,
  ADD CONSTRAINT ledger_posting_moves CHECK ((0 <> ALL (amounts_micro)) IS TRUE),
  ADD CONSTRAINT ledger_posting_whole CHECK (
    cardinality(accounts) = cardinality(amounts_micro) AND cardinality(accounts) <= 32767);

-- A balance changes at each sale: with room beside it, its index does not.
ALTER TABLE ledger_balance SET (fillfactor = 50);
"""

# `accounts` is there for whoever looks for an account: `accounts @> ARRAY[number]` is found by the
# index, and `account_id = number` is then the one posting, or more, that is meant.
VIEW = """
CREATE VIEW ledger_posting AS
SELECT p.account_id, e.id AS entry_id, (p.place - 1)::smallint AS line, p.amount_micro, e.currency,
  e.accounts
FROM ledger_entry e,
  unnest(e.accounts, e.amounts_micro) WITH ORDINALITY AS p(account_id, amount_micro, place);
"""

# What is written goes to the index's list of things to sort in, and is sorted in together: by far
# less work, and that list is short enough to be looked through at each search.
INDEX = """
CREATE INDEX ledger_entry_accounts ON ledger_entry USING gin (accounts)
  WITH (fastupdate = on, gin_pending_list_limit = 512);
"""

# The rules of 0002 to 0008. That postings come with their entry, from line 0 on, and never later,
# no longer needs a look: they are one row, which is written once.
GUARD = """
CREATE OR REPLACE FUNCTION ledger_guard_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry_currency text;
  numbers integer[];
  moved bigint[];
  debited integer[];
  known_count bigint;
  balances integer[];
  kept integer[];
BEGIN
  IF EXISTS (
    SELECT FROM added
    WHERE (SELECT sum(amount) FROM unnest(added.amounts_micro) AS amount) IS DISTINCT FROM 0
  ) THEN
    RAISE EXCEPTION 'the postings of an entry do not sum to zero'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  -- Mostly it is among the accounts, which are looked for below.
  IF EXISTS (
    SELECT FROM added WHERE added.subject_id <> ALL (added.accounts)
      AND (SELECT true FROM ledger_account a WHERE a.number = added.subject_id) IS NOT TRUE
  ) THEN
    RAISE EXCEPTION 'an entry names an account that does not exist'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  FOR entry_currency, numbers, moved, debited IN
    SELECT account.currency, array_agg(account.number), array_agg(account.moved),
      array_agg(account.number) FILTER (WHERE account.is_debited)
    FROM (
      SELECT posting.currency, posting.number, sum(posting.amount)::bigint AS moved,
        bool_or(posting.amount < 0) AS is_debited
      FROM (
        SELECT currency, unnest(accounts) AS number, unnest(amounts_micro) AS amount FROM added
      ) posting GROUP BY posting.currency, posting.number
    ) account GROUP BY account.currency
  LOOP
    SELECT count(*), array_agg(a.number) FILTER (WHERE a.kind = 'balance'),
      array_agg(a.number) FILTER (
        WHERE a.kind IN ('held', 'unclaimed') AND a.number = ANY (debited))
    INTO known_count, balances, kept
    FROM ledger_account a WHERE a.number = ANY (numbers) AND a.currency = entry_currency;
    IF known_count <> cardinality(numbers) THEN
      RAISE EXCEPTION 'a posting names an account that does not exist in its currency'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- A credit takes no lock: sales that hold back money for the same work do not wait for one
    -- another. Only what takes money away waits its turn and adds the account up.
    IF kept IS NOT NULL THEN
      PERFORM ledger_require_kept(kept);
    END IF;
    IF balances IS NOT NULL THEN
      UPDATE ledger_balance b
      SET amount_micro = b.amount_micro + moved[array_position(numbers, b.account_id)]
      WHERE b.account_id = ANY (balances);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
"""

KEPT = """
CREATE OR REPLACE FUNCTION ledger_require_kept(accounts integer[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  kept integer;
BEGIN
  -- With an older snapshot the sum below would miss what was taken meanwhile.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'held and unclaimed money is paid out in a read committed transaction'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  FOR kept IN SELECT DISTINCT number FROM unnest($1) AS number ORDER BY number LOOP
    PERFORM pg_advisory_xact_lock(hashtext('ledger_kept'), kept);
    IF (SELECT sum(p.amount_micro) FROM ledger_posting p
        WHERE p.accounts @> ARRAY[kept] AND p.account_id = kept) < 0 THEN
      RAISE EXCEPTION 'account % does not hold so much; what is kept never falls below zero', kept
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END LOOP;
END $$;
"""

_ARRAY = django.contrib.postgres.fields.ArrayField


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_check_postings_by_account")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(MOVE, migrations.RunSQL.noop),
                migrations.RunSQL(VIEW, migrations.RunSQL.noop),
                migrations.RunSQL(INDEX, migrations.RunSQL.noop),
                migrations.RunSQL(GUARD, migrations.RunSQL.noop),
                migrations.RunSQL(KEPT, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AlterModelOptions(name="posting", options={"managed": False}),
                migrations.AddField(
                    "entry", "currency", models.CharField(max_length=3), preserve_default=False
                ),
                migrations.AddField(
                    "entry", "accounts", _ARRAY(models.IntegerField()), preserve_default=False
                ),
                migrations.AddField(
                    "entry",
                    "amounts_micro",
                    _ARRAY(models.BigIntegerField()),
                    preserve_default=False,
                ),
                migrations.AddIndex(
                    "entry",
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("accounts"),
                        fastupdate=True,
                        gin_pending_list_limit=512,
                        name="ledger_entry_accounts",
                    ),
                ),
            ],
        ),
    ]
