"""What accounts hold."""

from django.db.models import QuerySet, Sum

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
    total = Posting.objects.on([account.number]).aggregate(total=Sum("amount_micro"))["total"]
    return Money(int(total or 0), account.currency)


def codes_out_of_balance(accounts: QuerySet[Account]) -> list[str]:
    """The codes of those of these accounts that hold something, or owe it since a refund."""
    sums = Posting.objects.on(accounts).values("account_id", "account__code")
    unequal = sums.annotate(total=Sum("amount_micro")).exclude(total=0)
    return [row["account__code"] for row in unequal]


def other_balances(*, user: User, currency: str) -> list[Money]:
    """What a buyer holds in other currencies than this one; nothing is ever converted."""
    rows = (
        Balance.objects.filter(account__kind=Account.Kind.BALANCE, account__user=user)
        .filter(amount_micro__gt=0)
        .exclude(account__currency=currency)
        .order_by("account__currency")
        .values_list("amount_micro", "account__currency")
    )
    return [Money(*row) for row in rows]


def reserved_of(*, user: User, currency: str) -> Money:
    """What a buyer has set aside for pre-orders and gifts."""
    balance = Balance.objects.filter(
        account__in=Account.objects.reserved_of(user=user, currency=currency)
    ).first()
    return Money(balance.amount_micro if balance else 0, currency)


def all_reserved() -> list[Money]:
    """What everybody together has set aside, by currency."""
    rows = (
        Balance.objects.filter(account__kind=Account.Kind.RESERVED, amount_micro__gt=0)
        .values("account__currency")
        .annotate(total=Sum("amount_micro"))
        .order_by("account__currency")
        .values_list("total", "account__currency")
    )
    return [Money(int(total), currency) for total, currency in rows]
