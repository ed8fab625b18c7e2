"""Two formats of a track, heard one against the other, and blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_safe

from pennywhistle.apps.delivery.passages import (
    PASSAGE_MIME_TYPE,
    Comparable,
    comparable_track,
    passage_for,
)
from pennywhistle.engines.audio import RECIPES, Codec, Recipe, UnknownRecipeError
from pennywhistle.interfaces.common.delays import tells_delays
from pennywhistle.interfaces.common.format import duration_text
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.ranged import Sent
from pennywhistle.interfaces.shop.addresses import Named, page_of
from pennywhistle.interfaces.shop.formats import label_of
from pennywhistle.interfaces.shop.leaving import note_leaving
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

_usual = ("flac", "opus-96")
_fresh = "private, max-age=3600"


@require_GET
@login_not_required
def compare(request: HttpRequest, name: Named) -> HttpResponse:
    """Choose two formats, hear A and B, and find out whether one can tell them apart."""
    of = _track(request, name.public_id)
    start_ms = of.start_ms(request.GET.get("at", ""))
    asked = [
        _recipe(request, request.GET.get(side, usual))
        for side, usual in zip("ab", _usual, strict=True)
    ]
    context = {
        "track": of.track,
        "back": page_of("track", of.track),
        "here": request.path,
        "sides": [
            {"name": side, "recipe": recipe.name, "label": label_of(recipe), "url": url}
            for side, recipe, url in (
                (side, recipe, _address(of, recipe, start_ms))
                for side, recipe in zip("AB", asked, strict=True)
            )
        ],
        "choices": _choices(asked),
        "starts": [(start, duration_text(start)) for start in sorted(of.starts_ms)],
        "start_ms": start_ms,
    }
    return render(request, "shop/compare.html", context)


def _choices(asked: list[Recipe]) -> list[tuple[str, str]]:
    recipes = dict.fromkeys([*asked, *RECIPES])
    return [(recipe.name, label_of(recipe)) for recipe in recipes]


def _address(of: Comparable, recipe: Recipe, start_ms: int) -> str:
    address = reverse("compare-passage", args=[of.track.public_id, recipe.name])
    return f"{address}?{urlencode({'at': start_ms})}"


@require_safe
@login_not_required
@tells_delays
def passage(request: HttpRequest, public_id: str, recipe: str) -> HttpResponseBase:
    """A passage as a format leaves it, as FLAC, which every browser plays.

    Its track is fetched by who hears more of it than everybody may.
    """
    of = _track(request, public_id)
    start_ms = of.start_ms(request.GET.get("at", ""))
    kept = passage_for(
        of=of,
        recipe=_recipe(request, recipe),
        start_ms=start_ms,
        now=now(),
    )
    if start_ms != of.master.preview_start_ms:
        note_leaving(request, user=buyer_of(request), track_ids=[of.track.pk])
    return hand_over(request, kept, Sent(PASSAGE_MIME_TYPE, _fresh), person=request.user.pk)


def _track(request: HttpRequest, public_id: str) -> Comparable:
    user = buyer_of(request) if request.user.is_authenticated else None
    of = comparable_track(public_id=public_id, user=user, now=now())
    if of is None:
        raise Http404
    return of


def _recipe(request: HttpRequest, name: str) -> Recipe:
    """Any form for those who are signed in; visitors have those that people know."""
    try:
        recipe = Recipe.parse(name)
    except UnknownRecipeError as error:
        raise Http404 from error
    is_open = request.user.is_authenticated or recipe in RECIPES
    if not is_open or recipe.codec is Codec.ORIGINAL:
        raise Http404
    return recipe
