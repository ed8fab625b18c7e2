"""Money that is disputed, what the store loses or pays, and what goes to its bank."""

from django.db import migrations, models
from django.db.models import Q

# What is disputed never falls below zero, by the same check as a balance; the provider's side of it
# has no row there, which changes nothing. Whichever the function's newest version is.
KEPT = """
DO $do$
DECLARE
  before text := pg_get_functiondef('ledger_guard_entries()'::regprocedure);
  after text;
BEGIN
  after := replace(before, 'a.kind IN (''balance'', ''reserved'')',
    'a.kind IN (''balance'', ''reserved'', ''disputed'')');
  IF after = before THEN
    RAISE EXCEPTION 'ledger_guard_entries is not as it was';
  END IF;
  EXECUTE after;
END $do$;

DROP TRIGGER ledger_begin_balance ON ledger_account;
CREATE TRIGGER ledger_begin_balance AFTER INSERT ON ledger_account
  FOR EACH ROW WHEN (
    NEW.kind IN ('balance', 'reserved') OR (NEW.kind = 'disputed' AND NEW.user_id IS NOT NULL))
  EXECUTE FUNCTION ledger_begin_balance();
"""

_ACCOUNTS = [
    ("balance", "Balance"),
    ("reserved", "Reserved"),
    ("clearing", "Clearing"),
    ("disputed", "Disputed"),
    ("expense", "Expense"),
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
    ("refund", "Refund"),
    ("payback", "Payback"),
    ("reserve", "Reserve"),
    ("tax", "Tax"),
    ("bonus", "Bonus"),
    ("unreserve", "Unreserve"),
    ("dispute", "Dispute"),
    ("fee", "Fee"),
    ("sweep", "Sweep"),
]
_OF_NOBODY = Q(user__isnull=True, party__isnull=True)
_HOLDERS = (
    Q(kind__in=["balance", "reserved", "disputed"], user__isnull=False, party__isnull=True, code="")
    | Q(kind="payee", user__isnull=True, party__isnull=False, code="")
    | Q(_OF_NOBODY, kind__in=["store", "subsidy"], code="")
    | Q(
        _OF_NOBODY,
        ~Q(code=""),
        kind__in=["clearing", "tax", "held", "unclaimed", "disputed", "expense"],
    )
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0013_bonuses")]

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
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
