"""Buyers set money aside for pre-orders and gifts: an account with a balance of its own."""

from django.db import migrations, models
from django.db.models import Q

# The rules of 0009; what is set aside never falls below zero, by the same check as a balance.
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
    SELECT count(*), array_agg(a.number) FILTER (WHERE a.kind IN ('balance', 'reserved')),
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

# Without a balance row the account could go below zero unseen.
BALANCES = """
DROP TRIGGER ledger_begin_balance ON ledger_account;
CREATE TRIGGER ledger_begin_balance AFTER INSERT ON ledger_account
  FOR EACH ROW WHEN (NEW.kind IN ('balance', 'reserved'))
  EXECUTE FUNCTION ledger_begin_balance();
"""

_ACCOUNTS = [
    ("balance", "Balance"),
    ("reserved", "Reserved"),
    ("clearing", "Clearing"),
    ("payee", "Payee"),
    ("store", "Store"),
    ("tax", "Tax"),
    ("held", "Held"),
    ("unclaimed", "Unclaimed"),
    ("subsidy", "Subsidy"),
]
_ENTRIES = [
    ("sale", "Sale"),
    ("top_up", "Top Up"),
    ("release", "Release"),
    ("distribution", "Distribution"),
    ("reserve", "Reserve"),
    ("unreserve", "Unreserve"),
]
_OF_NOBODY = Q(user__isnull=True, party__isnull=True)
_HOLDERS = (
    Q(kind__in=["balance", "reserved"], user__isnull=False, party__isnull=True, code="")
    | Q(kind="payee", user__isnull=True, party__isnull=False, code="")
    | Q(_OF_NOBODY, kind__in=["store", "subsidy"], code="")
    | Q(_OF_NOBODY, ~Q(code=""), kind__in=["clearing", "tax", "held", "unclaimed"])
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_postings_within_entries")]

    operations = [
        migrations.AlterField(
            "account", "kind", models.CharField(choices=_ACCOUNTS, max_length=10)
        ),
        migrations.AlterField("entry", "kind", models.CharField(choices=_ENTRIES, max_length=12)),
        migrations.RemoveConstraint("account", "ledger_account_has_its_holder"),
        migrations.AddConstraint(
            "account",
            models.CheckConstraint(condition=_HOLDERS, name="ledger_account_has_its_holder"),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        migrations.RunSQL(BALANCES, migrations.RunSQL.noop),
    ]
