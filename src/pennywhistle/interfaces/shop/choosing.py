"""Choosing a format freely, and keeping how one likes one's files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.delivery.actions import note_wishes
from pennywhistle.apps.delivery.naming import Naming
from pennywhistle.apps.delivery.queries import owned_item, tracks_owned, wishes_of
from pennywhistle.apps.delivery.wishes import COVERS_PX, Tagging, Wishes
from pennywhistle.apps.orders.shelf import item_owned
from pennywhistle.engines.audio import FAVORITES, RECIPES, Recipe, UnknownRecipeError
from pennywhistle.engines.audio.recipes import (
    KBPS_RANGES,
    LEVELS,
    MP3_KBPS,
    QUALITIES,
    Codec,
)
from pennywhistle.interfaces.shop.formats import form_asked_for, label_of
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.orders.shelf import OwnedItem

_name_length_max = 40
_parts = ("codec", "quality", "level", "depth", "kbps")


@dataclass(frozen=True, slots=True)
class Family:
    """A codec with what can be chosen of it; each option is a piece of the recipe's name."""

    label: str
    codec: str
    qualities: Sequence[tuple[str, str]] = ()
    levels: Sequence[tuple[str, str]] = ()
    depths: Sequence[tuple[str, str]] = ()
    kbps: tuple[int, int, int] | None = None


def _families() -> list[Family]:
    depths = [
        ("", gettext("as the master has it")),
        ("-16", gettext("16 bit, dithered")),
        ("-24", gettext("24 bit")),
    ]
    qualities = [(f"-v{each}", f"V{each}") for each in QUALITIES[Codec.MP3]]
    qualities += [(f"-{kbps}", f"{kbps} kbit/s") for kbps in reversed(MP3_KBPS)]
    steps = [(f"-q{each}", f"q{each}") for each in reversed(QUALITIES[Codec.VORBIS])]
    return [
        Family("FLAC", "flac", levels=_levels(Codec.FLAC), depths=depths),
        Family("ALAC", "alac", depths=depths),
        Family("WAV", "wav", depths=depths),
        Family("AIFF", "aiff", depths=depths),
        Family("WavPack", "wavpack", levels=_levels(Codec.WAVPACK), depths=depths),
        Family("MP3", "mp3", qualities=qualities),
        Family(gettext("MP3 of an average rate"), "mp3-abr", kbps=_kbps(Codec.MP3, 190)),
        Family("AAC", "aac", kbps=_kbps(Codec.AAC, 192)),
        Family("Opus", "opus", kbps=_kbps(Codec.OPUS, 96)),
        Family("Ogg Vorbis", "vorbis", qualities=steps),
    ]


def _levels(codec: Codec) -> list[tuple[str, str]]:
    return [("", gettext("usual")), *((f"-l{each}", str(each)) for each in LEVELS[codec])]


def _kbps(codec: Codec, usual: int) -> tuple[int, int, int]:
    kbps = KBPS_RANGES[codec]
    return kbps[0], kbps[-1], usual


@require_GET
def formats(request: HttpRequest, entitlement_id: int) -> HttpResponse:
    """Any form of an owned thing: codec, quality, depth, with its size before it is fetched."""
    item = item_owned(user=buyer_of(request), entitlement_id=entitlement_id)
    if item is None:
        raise Http404
    asked = _asked(request)
    chosen = _recipe(asked, item) if asked else None
    context = {
        "item": item,
        "families": _families(),
        "asked": {name: request.GET.get(name, "")[:_name_length_max] for name in _parts},
        "chosen": form_asked_for(request, chosen, item) if chosen else None,
        "tracks": _tracks(request, item) if chosen and item.track_id is None else [],
        "is_unknown": bool(asked) and chosen is None,
    }
    status = 400 if context["is_unknown"] else 200
    return render(request, "shop/formats.html", context, status=status)


def _tracks(request: HttpRequest, item: OwnedItem) -> list[tuple[str, str]]:
    """Of an album, those for which a link can be made, by public id."""
    owned = owned_item(user=buyer_of(request), entitlement_id=item.entitlement_id)
    return [(track.public_id, track.title) for track in tracks_owned(owned)] if owned else []


def _asked(request: HttpRequest) -> str:
    """The recipe's name, put together from what the form's fields hold."""
    codec, quality, level, depth, kbps = (request.GET.get(name, "") for name in _parts)
    rate = f"-{kbps}" if kbps else ""
    return f"{codec}{quality}{rate}{level}{depth}"[: _name_length_max + 1]


def _recipe(name: str, item: OwnedItem) -> Recipe | None:
    try:
        recipe = Recipe.parse(name)
    except UnknownRecipeError:
        return None
    return None if recipe.codec is Codec.ORIGINAL and not item.offers_original else recipe


class WishesForm(forms.Form):
    """How somebody likes their files."""

    recipe = forms.ChoiceField(label=_("Format that stands first"))
    naming = forms.ChoiceField(
        label=_("Names of files and folders"),
        choices=[
            (Naming.NUMBERS, _("Artist - Album / 01 Title")),
            (Naming.ARTISTS, _("Artist - Album / 01 Artist - Title")),
            (Naming.FOLDERS, _("Artist / 2026 - Album / 01 Title")),
            (Naming.LINE, _("Artist - Album / Artist - Album - 01 Title")),
        ],
        help_text=_("Folders are those of an album's archive."),
    )
    tagging = forms.ChoiceField(
        label=_("Tags"),
        choices=[
            (Tagging.FULL, _("All: credits, codes, loudness, cover")),
            (Tagging.PLAIN, _("Plain: title, artist, album, number, date, genre, cover")),
            (Tagging.NONE, _("None, and no cover")),
        ],
        help_text=_("No file says who bought it, whatever you choose."),
    )
    id3_minor = forms.TypedChoiceField(
        label=_("ID3 tags of MP3, WAV and AIFF"),
        choices=[(4, _("ID3v2.4, of today")), (3, _("ID3v2.3, for older players"))],
        coerce=int,
    )
    cover_px = forms.TypedChoiceField(
        label=_("Cover inside the files"),
        choices=[(side, f"{side} px" if side else _("none")) for side in COVERS_PX],
        coerce=int,
    )

    def __init__(self, *args: object, usual: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = [recipe.name for recipe in (*FAVORITES, *RECIPES[len(FAVORITES) :])]
        names += [] if usual in names else [usual]
        field = self.fields["recipe"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, label_of(Recipe.parse(name))) for name in names]


@require_http_methods(["GET", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    """Change one's usual format, the names of files, and what they say about themselves."""
    buyer = buyer_of(request)
    now_wished = wishes_of(user_id=buyer.pk)
    usual = _usual(request) or now_wished.recipe
    initial = {
        "recipe": usual,
        "naming": now_wished.naming.value,
        "tagging": now_wished.tagging.value,
        "id3_minor": now_wished.id3_minor,
        "cover_px": now_wished.cover_px,
    }
    form = WishesForm(request.POST or None, initial=initial, usual=usual)
    if request.method == "POST" and form.is_valid():
        note_wishes(user_id=buyer.pk, wishes=_wishes(form))
        messages.success(request, gettext("Saved. Files that you fetch from now on are like that."))
        return redirect("download-wishes")
    status = 400 if request.method == "POST" else 200
    return render(request, "shop/wishes.html", {"form": form}, status=status)


def _usual(request: HttpRequest) -> str:
    """A form that another page proposes, if there is such a one."""
    name = request.POST.get("recipe") or request.GET.get("recipe", "")
    try:
        return Recipe.parse(name).name
    except UnknownRecipeError:
        return ""


def _wishes(form: WishesForm) -> Wishes:
    cleaned = form.cleaned_data
    return Wishes(
        recipe=cleaned["recipe"],
        naming=Naming(cleaned["naming"]),
        tagging=Tagging(cleaned["tagging"]),
        id3_minor=cleaned["id3_minor"],
        cover_px=cleaned["cover_px"],
    )
