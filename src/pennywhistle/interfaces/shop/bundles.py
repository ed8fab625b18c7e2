"""Bundles: what is in one, what it costs who owns some of it, and that it can be had at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.offers.queries import bundle_view
from pennywhistle.interfaces.common.authority import sentences_of
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.asking import asker_of
from pennywhistle.interfaces.shop.drawing import pictures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.offers.queries import BundleLine, BundleView


@require_GET
@login_not_required
def bundle(request: HttpRequest, public_id: str) -> HttpResponse:
    """What a bundle holds, what each release costs in it, and what is owned of it already."""
    view = bundle_view(public_id, asker=asker_of(request))
    if view is None:
        raise Http404
    pictures = pictures_of([each.member.ref.release_id for each in view.lines])
    context = {
        "title": view.bundle.title,
        "supplier": view.bundle.supplier.name,
        "grows": view.bundle.party.name if view.bundle.party else "",
        "until": date_text(view.bundle.valid_until) if view.bundle.valid_until else "",
        "lines": [_drawn(each, pictures) for each in view.lines],
        "offer": bundle_box(view) if view.is_sold else None,
        "is_owned": bool(view.lines) and all(each.is_owned for each in view.lines),
        "why_not": _why_not(view),
    }
    return render(request, "shop/bundle.html", context)


def bundle_box(view: BundleView) -> dict[str, object]:
    """A bundle for `shop/_bundle_box.html`."""
    wanted = [each for each in view.lines if not each.is_owned]
    owned = len(view.lines) - len(wanted)
    return {
        "title": view.bundle.title,
        "url": reverse("bundle", args=[view.bundle.public_id]),
        "add_url": reverse("cart-bundle", args=[view.bundle.public_id]),
        "price_text": price_text(view.now),
        "alone_text": price_text(view.alone) if view.now < view.alone else "",
        "count_text": ngettext("%(count)s release", "%(count)s releases", len(view.lines))
        % {"count": len(view.lines)},
        "owned_text": ngettext(
            "You own %(count)s of them; it counts.", "You own %(count)s of them; they count.", owned
        )
        % {"count": owned}
        if owned
        else "",
    }


def bundle_boxes(views: Sequence[BundleView]) -> list[dict[str, object]]:
    """Bundles for a page that names several."""
    return [bundle_box(view) for view in views]


def _drawn(line: BundleLine, pictures: object) -> dict[str, object]:
    assert isinstance(pictures, dict)
    member = line.member
    return {
        "title": line.title,
        "artist_line": line.artist_line,
        "url": page_of("release", line),
        "cover": pictures.get(member.ref.release_id),
        "is_owned": line.is_owned,
        "price_text": "" if line.is_owned else price_text(line.now),
        "alone_text": price_text(member.alone) if line.now < member.alone else "",
    }


def _why_not(view: BundleView) -> list[str]:
    """Which releases keep it from being sold here, or to this buyer now."""
    reasons = [f"{title}: {sentences_of(why)}" for title, why in view.divided.refused]
    reasons += [
        gettext("%(title)s would cost %(price)s, below its floor of %(floor)s.")
        % {
            "title": each.title,
            "price": price_text(each.within),
            "floor": price_text(each.floor),
        }
        for each in view.divided.below_floor
    ]
    reasons += [
        gettext(
            "You own %(title)s, but may give it back until %(day)s. It counts as soon as you "
            "cannot give it back any more."
        )
        % {"title": each.title, "day": date_text(each.unsettled_until)}
        for each in view.lines
        if each.unsettled_until is not None
    ]
    return reasons
