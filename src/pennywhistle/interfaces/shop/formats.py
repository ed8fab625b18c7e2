"""The forms in which music can be had, with what a file of it weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

from pennywhistle.apps.delivery.queries import made_bytes, owned_item, wishes_of
from pennywhistle.apps.delivery.wishes import DEFAULT_RECIPE, Wishes
from pennywhistle.apps.orders.shelf import owned_in
from pennywhistle.engines.audio import FAVORITES, RECIPES, Codec, Recipe, estimate_size
from pennywhistle.interfaces.common.format import size_text
from pennywhistle.interfaces.shop.addresses import served
from pennywhistle.interfaces.shop.extras import lines_of_items
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest

    from pennywhistle.apps.orders.shelf import OwnedItem
    from pennywhistle.engines.audio import Sound
    from pennywhistle.interfaces.shop.extras import ExtraLine


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
    wishes = Wishes()
    return [
        _form(recipe, size=_about(_estimated(recipe, sounds, wishes)))
        for recipe in FAVORITES
        if sounds
    ]


def forms_of_item(
    item: OwnedItem, *, wishes: Wishes, extras: Sequence[ExtraLine] = ()
) -> list[Form]:
    """The favorite formats of an owned item, its owner's usual one first, then others by name.

    Sizes are those of archives, with the `extras` that come with the item.
    """
    if not item.sounds:
        return []
    usual = usual_of([item], wishes=wishes)
    first = [Recipe.parse(usual)]
    original = [Recipe.parse("original")] if item.offers_original else []
    recipes = dict.fromkeys([*first, *FAVORITES, *original, *RECIPES])
    beside = sum(each.size_bytes for each in extras)
    forms = [
        _form_of(recipe, item, wishes=wishes, usual=usual, beside=beside) for recipe in recipes
    ]
    return [form for form in forms if form.url]


def usual_of(items: Iterable[OwnedItem], *, wishes: Wishes) -> str:
    """The usual format's name; FLAC where it is the original, and not all of these offer that."""
    if wishes.recipe == Codec.ORIGINAL and not all(item.offers_original for item in items):
        return DEFAULT_RECIPE
    return wishes.recipe


def form_asked_for(request: HttpRequest, recipe: Recipe, item: OwnedItem) -> Form:
    """One format of an owned item; its size to the byte where its files were made already."""
    buyer = buyer_of(request)
    wishes = wishes_of(user_id=buyer.pk)
    owned = owned_item(user=buyer, entitlement_id=item.entitlement_id)
    made = made_bytes(owned, recipe=recipe, wishes=wishes) if owned else None
    beside = sum(each.size_bytes for each in lines_of_items([item]).get(item.entitlement_id, ()))
    return _form_of(recipe, item, wishes=wishes, made=made, beside=beside)


def _form_of(
    recipe: Recipe,
    item: OwnedItem,
    *,
    wishes: Wishes,
    usual: str = "",
    made: int | None = None,
    beside: int = 0,
) -> Form:
    is_album = item.track_id is None
    url = served(
        "delivery:archive" if is_album else "delivery:download", item.entitlement_id, recipe.name
    )
    size = (_estimated(recipe, item.sounds, wishes) if made is None else made) + beside
    # An album is fetched as a zip, which is a little more than its files.
    is_exact = not is_album and (made is not None or recipe.codec is Codec.ORIGINAL)
    text = size_text(size) if is_exact else _about(size)
    return _form(recipe, size=text, url=url, is_usual=recipe.name == usual)


def forms_of_owned(request: HttpRequest, release_id: int, *, track_id: int | None) -> Owned | None:
    """What the visitor can download of a release, or of one of its tracks; None if not theirs."""
    if not request.user.is_authenticated:
        return None
    buyer = buyer_of(request)
    owned = {item.track_id: item for item in owned_in(user=buyer, release_ids=[release_id])}
    item = owned.get(track_id)
    if item is None:
        return None
    extras = lines_of_items([item]).get(item.entitlement_id, [])
    forms = forms_of_item(item, wishes=wishes_of(user_id=buyer.pk), extras=extras)
    return Owned(item.entitlement_id, forms, extras)


@dataclass(frozen=True, slots=True)
class Owned:
    """An owned thing's downloads; `entitlement_id` is what a page of all its formats is under."""

    entitlement_id: int
    forms: list[Form]
    extras: list[ExtraLine]


def packing_of(address: str, *, usual: str) -> dict[str, object]:
    """What `shop/_packing.html` needs: where the zip is, and the formats to choose from."""
    recipes = dict.fromkeys([Recipe.parse(usual), *FAVORITES, *RECIPES])
    return {"url": address, "formats": [(each.name, label_of(each)) for each in recipes]}


# The engine's own words for its recipes, for the translators.
LABELS = (
    gettext_noop("Original file"),
    gettext_noop("ABR"),
    gettext_noop("%(kbps)s kbit/s"),
    gettext_noop("level %(level)s"),
    gettext_noop("%(bits)s bit"),
)
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
    """A format's name in the visitor's language."""
    return recipe.words(gettext)


def _form(recipe: Recipe, *, size: str, url: str = "", is_usual: bool = False) -> Form:
    return Form(
        label=label_of(recipe),
        note=gettext(recipe.note) if recipe.note else "",
        size_text=size,
        url=url,
        is_favorite=recipe in FAVORITES or recipe.codec is Codec.ORIGINAL or is_usual,
        name=recipe.name,
        is_usual=is_usual,
    )


def _estimated(recipe: Recipe, sounds: Sequence[Sound], wishes: Wishes) -> int:
    """What files of these sounds weigh, tags and covers included."""
    written = wishes.written_bytes(recipe)
    return sum(estimate_size(recipe, sound).size_bytes + written for sound in sounds)


def _about(size_bytes: int) -> str:
    return f"≈ {size_text(size_bytes)}"
