"""The feed of an account's sales: making its secret address, ending it, and reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.statements.feeds import (
    account_of_feed,
    close_sales_feed,
    open_sales_feed,
)
from pennywhistle.apps.statements.queries import accounts_of
from pennywhistle.apps.statements.sales import latest_sales
from pennywhistle.interfaces.common.format import country_name, exact_text
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_POST
@members_only
def feed_new(request: HttpRequest, number: int) -> HttpResponse:
    """Make one's feed address of an account, and show it this once; an earlier one ends."""
    person = person_of(request)
    account = get_object_or_404(accounts_of(user=person), number=number)
    token = open_sales_feed(account_number=number, user_id=person.pk, now=timezone.now())
    address = request.build_absolute_uri(reverse("studio-sales-feed", args=[token]))
    context = {"account": account, "address": address, "back": _sales(number)}
    response = render(request, "studio/sales_feed.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@members_only
def feed_end(request: HttpRequest, number: int) -> HttpResponse:
    """End one's feed address of an account."""
    person = person_of(request)
    get_object_or_404(accounts_of(user=person), number=number)
    close_sales_feed(account_number=number, user_id=person.pk, now=timezone.now())
    messages.success(request, gettext("The feed's address answers no more."))
    return redirect(_sales(number))


@login_not_required
@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The latest sales as Atom (RFC 4287), for whoever has the secret address."""
    account = account_of_feed(token=token, now=timezone.now())
    if account is None or account.party is None:
        raise Http404
    home = request.build_absolute_uri(_sales(account.number))
    atom = Atom1Feed(
        title=_plain(gettext("Sales of %(name)s") % {"name": account.party.name}),
        link=home,
        description="",
        feed_guid=f"urn:pennywhistle:sales:{account.number}",
    )
    for line in latest_sales(account=account):
        word = gettext("Refund: %(title)s") if line.is_refund else "%(title)s"
        title = word % {"title": line.name.title}
        atom.add_item(
            title=_plain(f"{exact_text(line.amount)} · {title}"),
            link=home,
            description=_plain(f"{country_name(line.territory)} · {line.seal}"),
            unique_id=f"urn:pennywhistle:entry:{line.sale_id}",
            pubdate=line.occurred_at,
            updateddate=line.occurred_at,
        )
    response = HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml")
    # A secret address: kept out of caches and search engines.
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _sales(number: int) -> str:
    return f"{reverse('studio-sales')}?account={number}"


def _plain(text: str) -> str:
    """Without what XML cannot hold; titles come from anywhere."""
    return "".join(each for each in text if each.isprintable())
