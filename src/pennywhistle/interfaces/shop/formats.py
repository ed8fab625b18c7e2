"""The forms in which music can be had, with what a file of it weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

from pennywhistle.apps.delivery.queries import wishes_of
from pennywhistle.apps.orders.shelf import owned_in
from pennywhistle.engines.audio import FAVORITES, RECIPES, Codec, Recipe, estimate_size
from pennywhistle.interfaces.common.format import size_text
from pennywhistle.interfaces.shop.addresses import served
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from pennywhistle.apps.orders.shelf import OwnedItem
    from pennywhistle.engines.audio import Sound


@dataclass(frozen=True, slots=True)
class Form:
    """A format with its name, for whom it is, its size, and where it is downloaded."""

    label: str
    note: str
    size_text: str
    url: str
    is_favorite: bool
    name: str
    is_usual: bool = False


def forms_of(sounds: Sequence[Sound]) -> list[Form]:
    """The favorite formats of something that may be bought, for the page that asks for money."""
    return [_form(recipe, sounds, "") for recipe in FAVORITES] if sounds else []


def forms_of_item(item: OwnedItem, *, usual: str = "") -> list[Form]:
    """The favorite formats of an owned item, its owner's usual one first, then others by name."""
    if not item.sounds:
        return []
    first = [Recipe.parse(usual)] if usual else []
    original = [Recipe.parse("original")] if item.offers_original else []
    recipes = dict.fromkeys([*first, *FAVORITES, *original, *RECIPES])
    forms = [form_of(recipe, item, usual=usual) for recipe in recipes]
    return [form for form in forms if form.url]


def form_of(recipe: Recipe, item: OwnedItem, *, usual: str = "") -> Form:
    """One format of an owned item."""
    name = "delivery:download" if item.track_id is not None else "delivery:archive"
    url = served(name, item.entitlement_id, recipe.name)
    return _form(recipe, item.sounds, url, usual=usual)


def forms_of_owned(request: HttpRequest, release_id: int, *, track_id: int | None) -> Owned | None:
    """What the visitor can download of a release, or of one of its tracks; None if not theirs."""
    if not request.user.is_authenticated:
        return None
    buyer = buyer_of(request)
    owned = {item.track_id: item for item in owned_in(user=buyer, release_ids=[release_id])}
    item = owned.get(track_id)
    if item is None:
        return None
    forms = forms_of_item(item, usual=wishes_of(user_id=buyer.pk).recipe)
    return Owned(item.entitlement_id, forms)


@dataclass(frozen=True, slots=True)
class Owned:
    """An owned thing's downloads; `entitlement_id` is what a page of all its formats is under."""

    entitlement_id: int
    forms: list[Form]


def packing_of(address: str, *, usual: str) -> dict[str, object]:
    """What `shop/_packing.html` needs: where the zip is, and the formats to choose from."""
    recipes = dict.fromkeys([Recipe.parse(usual), *FAVORITES, *RECIPES])
    return {"url": address, "formats": [(each.name, label_of(each)) for each in recipes]}


# The engine's own words for its recipes, for the translators.
NOTES = (
    gettext_noop("For little space."),
    gettext_noop("As the supplier delivered it, to the last byte, with the supplier's own tags."),
    gettext_noop("Lossless and uncompressed, for studios and DJs on a Mac."),
    gettext_noop("Lossless and uncompressed, for studios and DJs."),
    gettext_noop("Lossless where the master has CD quality. Plays on older devices too."),
    gettext_noop("Lossless, for Apple devices."),
    gettext_noop("Small, and very good. Free of patents from the beginning."),
    gettext_noop("Lossless, the master itself. Plays nearly everywhere."),
    gettext_noop("Small, and very good. For Apple devices and many others."),
    gettext_noop("Small, and very good. Plays on anything."),
    gettext_noop("The largest MP3. Plays on anything."),
    gettext_noop("The smallest that sounds right. For phones and browsers."),
)


def label_of(recipe: Recipe) -> str:
    """A format's name; all but one are the same in every language."""
    return gettext("Original file") if recipe.codec is Codec.ORIGINAL else recipe.label


def _form(recipe: Recipe, sounds: Sequence[Sound], url: str, *, usual: str = "") -> Form:
    is_usual = recipe.name == usual
    return Form(
        label=label_of(recipe),
        note=gettext(recipe.note) if recipe.note else "",
        size_text=_size(recipe, sounds),
        url=url,
        is_favorite=recipe in FAVORITES or recipe.codec is Codec.ORIGINAL or is_usual,
        name=recipe.name,
        is_usual=is_usual,
    )


def _size(recipe: Recipe, sounds: Sequence[Sound]) -> str:
    sizes = [estimate_size(recipe, sound) for sound in sounds]
    text = size_text(sum(size.size_bytes for size in sizes))
    return text if all(size.exact for size in sizes) else f"≈ {text}"
