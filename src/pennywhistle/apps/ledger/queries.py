"""What accounts hold."""

from django.db.models import Sum

from pennywhistle.apps.ledger.models import Account, Balance, Posting
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.money import Money


def balance_of(*, user: User, currency: str) -> Money:
    """A buyer's prepaid balance; zero where no account was opened yet."""
    balance = Balance.objects.filter(
        account__in=Account.objects.balance_of(user=user, currency=currency)
    ).first()
    return Money(balance.amount_micro if balance else 0, currency)


def sum_of(account: Account) -> Money:
    """All postings of an account, added up."""
    total = Posting.objects.filter(account=account).aggregate(total=Sum("amount_micro"))["total"]
    return Money(int(total or 0), account.currency)
