"""The buyer's own: shelf, orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.delivery.queries import wishes_of
from pennywhistle.apps.orders.history import (
    PlacedOrder,
    order_placed,
    orders_of,
    orders_per_page,
)
from pennywhistle.apps.orders.returns import terms_at, waits_until
from pennywhistle.apps.orders.shelf import OwnedItem, owned_in, shelf_of
from pennywhistle.apps.orders.withdrawal_law import WAIVER_WORDS
from pennywhistle.apps.proof.queries import Seal
from pennywhistle.interfaces.common.format import country_name, date_text, price_text
from pennywhistle.interfaces.shop.addresses import Named
from pennywhistle.interfaces.shop.ahead import waiting_rows
from pennywhistle.interfaces.shop.drawing import pictures_of
from pennywhistle.interfaces.shop.extras import lines_of_items
from pennywhistle.interfaces.shop.formats import forms_of_item, packing_of, usual_of
from pennywhistle.interfaces.shop.refund_words import terms_text
from pennywhistle.interfaces.shop.till import Row, Till
from pennywhistle.interfaces.shop.visitor import buyer_of, is_partial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.delivery.wishes import Wishes

_text_length_max = 200


@require_GET
def shelf(request: HttpRequest) -> HttpResponse:
    """What the buyer owns, to be downloaded in any format, for ever."""
    text = request.GET.get("q", "")[:_text_length_max].replace("\x00", "")
    stretch = shelf_of(user=buyer_of(request), text=text, before=_number(request, "before"))
    following = urlencode({"q": text, "before": stretch.next_before or ""})
    wishes = wishes_of(user_id=buyer_of(request).pk)
    usual = usual_of(stretch.items, wishes=wishes)
    context = {
        "text": text,
        "waiting": [] if text else waiting_rows(buyer_of(request)),
        "items": drawn_items(stretch.items, wishes=wishes, refunds=True),
        "terms": terms_text(terms_at(timezone.now())),
        "packing": packing_of(reverse("delivery:shelf-archive", args=[usual]), usual=usual),
        "pager": {
            "next_url": f"{reverse('shelf')}?{following}" if stretch.next_before else "",
            "previous_url": "",
        },
        "empty": {
            "title": gettext("Nothing of that name") if text else gettext("Your shelf is empty"),
            "text": gettext(
                "What you buy stands here for ever, in every format, as often as you like."
            ),
            "icon": "shelf",
            "action_url": reverse("new"),
            "action_label": gettext("See what is new"),
        },
    }
    return render(request, "shop/shelf.html", context)


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """Every purchase, newest first."""
    before = _instant(request.GET.get("before", ""))
    placed = orders_of(user=buyer_of(request), before=before)
    shown = placed[:orders_per_page]
    last = shown[-1].placed_at.isoformat() if len(placed) > len(shown) else ""
    context = {
        "orders": [
            {
                "url": reverse("order", args=[order.id]),
                "day": date_text(order.placed_at),
                "total": price_text(order.total),
                "titles": ", ".join(item.title for item in order.items),
                "stamp": "sealed" if order.is_sealed else "recorded",
            }
            for order in shown
        ],
        "pager": {
            "next_url": f"{reverse('orders')}?{urlencode({'before': last})}" if last else "",
            "previous_url": "",
        },
        "empty": {
            "title": gettext("No orders yet"),
            "text": gettext(
                "Each purchase stands here with its receipt: who got what of your money."
            ),
            "icon": "receipt",
            "action_url": reverse("new"),
            "action_label": gettext("See what is new"),
        },
    }
    return render(request, "shop/orders.html", context)


@require_GET
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One purchase: the paper, how far its proof has come, and the files."""
    placed = order_placed(user=buyer_of(request), order_id=order_id)
    if placed is None:
        raise Http404
    context = {
        "order": placed,
        "till": _till(placed),
        "here": reverse("order", args=[order_id]),
        "is_sealed": placed.is_sealed,
    }
    if is_partial(request):
        return render(request, "shop/_order_till.html", context)
    bought = {(item.release_id, item.track_id) for item in placed.items}
    owned = owned_in(user=buyer_of(request), release_ids=[release for release, _ in bought])
    items = [item for item in owned if (item.release_id, item.track_id) in bought]
    now, mine = timezone.now(), {item.sale_id for item in placed.items}
    wishes = wishes_of(user_id=buyer_of(request).pk)
    usual = usual_of(items, wishes=wishes)
    context["items"] = drawn_items(
        [item for item in items if item.sale_id in mine], wishes=wishes, refunds=True
    )
    until = waits_until(order_id, now=now)
    context |= {
        "terms": terms_text(terms_at(placed.placed_at)),
        "begins_on": date_text(until) if until else "",
        "waiver_words": gettext(WAIVER_WORDS),
    }
    address = reverse("delivery:order-archive", args=[order_id, usual])
    context["packing"] = packing_of(address, usual=usual)
    return render(request, "shop/order.html", context)


def drawn_items(
    items: Sequence[OwnedItem], *, wishes: Wishes, refunds: bool = False
) -> list[dict[str, object]]:
    """Owned things with their covers, pages, receipts and downloads; and how to give them back."""
    pictures = pictures_of({item.release_id for item in items})
    extras = lines_of_items(items)
    return [
        {
            "title": item.title,
            "artist_names": item.artist_line,
            "of_release": item.release_title if item.track_id is not None else "",
            "url": _page(item),
            "cover": pictures.get(item.release_id),
            "day": date_text(item.granted_at),
            "receipt_url": reverse("receipt", args=[item.sale_id]),
            "refund_url": reverse("refund", args=[item.sale_id]) if refunds else "",
            "entitlement_id": item.entitlement_id,
            "forms": forms_of_item(item, wishes=wishes, extras=extras.get(item.entitlement_id, ())),
            "extras": extras.get(item.entitlement_id, ()),
        }
        for item in items
    ]


def _page(item: OwnedItem) -> str:
    if item.track_id is None:
        return reverse("release", args=[Named(item.release_slug, item.release_public_id)])
    return reverse("track", args=[Named(item.track_slug, item.track_public_id)])


def _till(placed: PlacedOrder) -> Till:
    rows = [
        Row(
            item.title,
            price_text(item.price),
            note=_seal_text(item.seal) if item.refund_id is None else gettext("Given back"),
            url=reverse("receipt", args=[item.sale_id]),
        )
        for item in placed.items
    ]
    rows += [
        Row(
            gettext("Refund: %(title)s") % {"title": item.title},
            price_text(-item.price),
            url=reverse("receipt", args=[item.refund_id]),
        )
        for item in placed.items
        if item.refund_id is not None
    ]
    rows.append(Row(gettext("Paid from your balance"), price_text(placed.total), kind="total"))
    return Till(
        gettext("Order"),
        tuple(rows),
        meta=(date_text(placed.placed_at), country_name(placed.territory)),
        stamp="sealed" if placed.is_sealed else "recorded",
        reference=str(placed.id),
    )


def _seal_text(seal: Seal) -> str:
    return {
        Seal.RECORDED: gettext("In the books; the log takes it within seconds."),
        Seal.SEALED: gettext("In the public log, under a signed head."),
        Seal.PAGED: gettext("In the public log, and on the page of everybody who was paid."),
    }[seal]


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**62)) else None


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
