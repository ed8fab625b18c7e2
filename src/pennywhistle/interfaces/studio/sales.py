"""Sales as they happen."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from pennywhistle.apps.claims.queries import disputes_of
from pennywhistle.apps.proof.queries import Seal
from pennywhistle.apps.statements.models import SalesFeed
from pennywhistle.apps.statements.queries import accounts_of
from pennywhistle.apps.statements.sales import recent_sales
from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text, price_text
from pennywhistle.interfaces.common.plot import Bar, Plot
from pennywhistle.interfaces.studio.person import is_partial, members_only, person_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.apps.statements.sales import Bar as Earned
    from pennywhistle.apps.statements.sales import RecentSales, SaleLine
    from pennywhistle.apps.users.models import User

_DAY_COUNT = 30
_PLOTTED_MIN = 2
_COUNTRIES_MAX = 20
_FORMS: dict[str, _StrPromise] = {
    "release": _("Releases, sold whole"),
    "track": _("Tracks, sold by themselves"),
}
_SOURCES: dict[str, _StrPromise] = {
    "shop": _("In the shop"),
    "code": _("With a code"),
    "gift": _("As a gift"),
    "preorder": _("Ordered before it was out"),
}


@require_GET
@members_only
def sales(request: HttpRequest) -> HttpResponse:
    """The latest sales of one account, and what the last days brought."""
    accounts = list(accounts_of(user=person_of(request)))
    account = chosen(accounts, request.GET.get("account"))
    if account is None:
        return render(request, "studio/sales.html", {"empty": no_account()})
    recent = recent_sales(account=account, now=timezone.now(), day_count=_DAY_COUNT)
    context = {
        "accounts": accounts,
        "account": account,
        "here": f"{reverse('studio-sales')}?account={account.number}",
        "recent": recent,
        "earned": exact_text(recent.earned),
        "plot": _plot(recent),
        "by_country": _map(recent),
        "territories": _countries(recent),
        "forms": _named(recent.by_form, _FORMS),
        "sources": _named(recent.by_source, _SOURCES),
        "kept_apart": _kept_apart(person_of(request)),
        "has_feed": SalesFeed.objects.filter(
            account=account, user=person_of(request), closed_at__isnull=True
        ).exists(),
        "items": [(name, bar.sale_count, exact_text(bar.amount)) for name, bar in recent.by_item],
        "lines": [_line(line) for line in recent.latest],
    }
    name = "studio/_sales_lines.html" if is_partial(request) else "studio/sales.html"
    return render(request, name, context)


def chosen(accounts: Sequence[Account], number: str | None) -> Account | None:
    """The account asked for, or the first; another's, or none of that number, is not found."""
    if number is None:
        return accounts[0] if accounts else None
    mine = next((account for account in accounts if str(account.number) == number), None)
    if mine is None:
        raise Http404
    return mine


def no_account() -> dict[str, Any]:
    """Nothing can have been earned yet, and how that changes."""
    return {
        "title": gettext("No account yet"),
        "text": gettext("An account is opened with the first split that names you."),
        "icon": "receipt",
        "action_url": reverse("studio-upload"),
        "action_label": gettext("Upload music"),
    }


def _plot(recent: RecentSales) -> Plot:
    tallest = max((bar.amount.micro for _, bar in recent.by_day), default=0)
    bars = tuple(
        Bar(date_text(day), exact_text(bar.amount), _percent(bar.amount.micro, tallest))
        for day, bar in recent.by_day
    )
    most = max((bar.amount for _, bar in recent.by_day))
    return Plot(
        title=gettext("Earned on each of the last %(count)d days") % {"count": len(bars)},
        max_text=price_text(most),
        total_text=exact_text(recent.earned),
        first_text=bars[0].label,
        last_text=bars[-1].label,
        label_heading=gettext("Day"),
        value_heading=gettext("Earned"),
        bars=bars,
    )


def _countries(recent: RecentSales) -> list[tuple[str, int, str]]:
    return [
        (country_name(bar.key), bar.sale_count, exact_text(bar.amount))
        for bar in recent.by_territory
    ]


def _named(bars: Sequence[Earned], words: Mapping[str, _StrPromise]) -> list[tuple[str, int, str]]:
    return [(str(words[bar.key]), bar.sale_count, exact_text(bar.amount)) for bar in bars]


def _map(recent: RecentSales) -> Plot | None:
    """A bar a country, the one that brought most first; nothing where there is one alone."""
    most = recent.by_territory[:_COUNTRIES_MAX]
    if len(recent.by_territory) < _PLOTTED_MIN:
        return None
    tallest = most[0].amount
    bars = tuple(
        Bar(
            country_name(bar.key),
            exact_text(bar.amount),
            _percent(bar.amount.micro, tallest.micro),
        )
        for bar in most
    )
    return Plot(
        title=gettext("Earned by country, 30 days"),
        max_text=price_text(tallest),
        total_text="",
        first_text=bars[0].label,
        last_text=bars[-1].label,
        label_heading=gettext("Country"),
        value_heading=gettext("Earned"),
        bars=bars,
    )


def _kept_apart(user: User) -> list[dict[str, Any]]:
    """What is held over claims of one's parties: how much, why, and until when it is asked for."""
    return [
        {
            "title": row.title,
            "held": [exact_text(money) for money in row.held],
            "why": why_apart("claims"),
            "until": date_text(row.evidence_due_at.astimezone(UTC).date()),
            "url": reverse("studio-claim", args=[row.id]),
        }
        for row in disputes_of(user=user)
        if row.held
    ]


def _percent(micro: int, tallest_micro: int) -> float:
    return max(0.0, micro * 100 / tallest_micro) if tallest_micro > 0 else 0.0


def _line(line: SaleLine) -> dict[str, Any]:
    return {
        "time": line.occurred_at,
        "name": line.name,
        "territory": country_name(line.territory),
        "amount": exact_text(line.amount),
        "is_refund": line.is_refund,
        "stamp": {
            Seal.RECORDED: gettext("recorded"),
            Seal.SEALED: gettext("sealed"),
            Seal.PAGED: gettext("on a page"),
        }[line.seal],
    }
