"""Payouts: an account for what is on its way, and the kinds of entries that move it."""

from django.db import migrations, models
from django.db.models import Q

_ACCOUNTS = [
    ("balance", "Balance"),
    ("reserved", "Reserved"),
    ("clearing", "Clearing"),
    ("disputed", "Disputed"),
    ("expense", "Expense"),
    ("transit", "Transit"),
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
    ("payout", "Payout"),
    ("settled", "Settled"),
    ("returned", "Returned"),
    ("conversion", "Conversion"),
]
_OF_NOBODY = Q(user__isnull=True, party__isnull=True)
_HOLDERS = (
    Q(kind__in=["balance", "reserved", "disputed"], user__isnull=False, party__isnull=True, code="")
    | Q(kind="payee", user__isnull=True, party__isnull=False, code="")
    | Q(_OF_NOBODY, kind__in=["store", "subsidy", "transit"], code="")
    | Q(
        _OF_NOBODY,
        ~Q(code=""),
        kind__in=["clearing", "tax", "held", "unclaimed", "disputed", "expense"],
    )
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0014_disputes_fees_and_sweeps")]

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
    ]
