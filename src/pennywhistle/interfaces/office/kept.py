"""Money that is kept for recordings: what, why, since when, and saying whose it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.catalog.models import Recording
from pennywhistle.apps.claims.kept import KeptFor, kept_for_recordings, pairs_of
from pennywhistle.apps.claims.models import TransferWord
from pennywhistle.apps.claims.transfers import Word, divide_transferred, say_whose_sales
from pennywhistle.apps.claims.unidentified import divide_unidentified
from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.extent_form import midnight
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.office.fields import DocumentForm
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.works import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.claims.kept import Pair, Place
    from pennywhistle.apps.claims.moving import Move

kept_per_page = 50

_WHOSE = {
    TransferWord.Whose.OLD: _("All the old supplier's"),
    TransferWord.Whose.NEW: _("All the new supplier's"),
    TransferWord.Whose.BY_DAY: _("The new supplier's from a day on"),
}


class WordForm(DocumentForm):
    """Whose the sales of a catalog were while it changed hands."""

    pair = forms.ChoiceField(label=_("The catalog"))
    whose = forms.ChoiceField(
        label=_("Whose were the sales?"),
        choices=[(whose.value, words) for whose, words in _WHOSE.items()],
        widget=forms.RadioSelect,
    )
    new_from = forms.DateField(
        label=_("The new supplier's from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Only where a day divides them. Days begin at midnight UTC."),
    )
    is_everything = forms.BooleanField(
        label=_("This holds for every recording of the catalog"), required=False
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Which clause says so. It stays readable for good."),
    )
    field_order = ("pair", "whose", "new_from", "is_everything", "reason")

    def __init__(self, *args: Any, pairs: Sequence[Pair], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["pair"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(f"{old.pk}-{new.pk}", f"{old.name} → {new.name}") for old, new in pairs]

    def clean(self) -> dict[str, Any]:
        """A day where a day divides, and a document."""
        cleaned = super().clean() or {}
        is_by_day = cleaned.get("whose") == TransferWord.Whose.BY_DAY
        if is_by_day and not cleaned.get("new_from"):
            self.add_error("new_from", gettext("Name the day."))
        if not cleaned.get("evidence") and not cleaned.get("document"):
            self.add_error("evidence", gettext("Name the document that shows it."))
        return cleaned

    def word(self, recording_id: int) -> Word:
        """What is said, once everything is valid."""
        said = self.cleaned_data
        old, new = said["pair"].split("-")
        whose = TransferWord.Whose(said["whose"])
        is_by_day = whose == TransferWord.Whose.BY_DAY
        return Word(
            from_supplier_id=int(old),
            to_supplier_id=int(new),
            recording_id=None if said["is_everything"] else recording_id,
            whose=whose,
            reason=said["reason"],
            changes_at=midnight(said["new_from"]) if is_by_day else None,
        )


@staff_only
@require_GET
def kept_list(request: HttpRequest) -> HttpResponse:
    """Everything that is kept for recordings, the oldest first."""
    moving, moving_pager = _page(request, "moving", "transfer")
    unknown, unknown_pager = _page(request, "unknown", "unidentified")
    context = {
        "moving": moving,
        "moving_pager": moving_pager,
        "unknown": unknown,
        "unknown_pager": unknown_pager,
    }
    return render(request, "office/kept.html", context)


def _page(request: HttpRequest, name: str, why: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """A page of what is kept for one reason, and the ways to the first and the next one."""
    after = _place(request.GET.get(name, ""))
    found = kept_for_recordings(why=why, after=after, most=kept_per_page + 1)
    shown, rest = found[:kept_per_page], found[kept_per_page:]
    next_url = f"?{urlencode({name: _place_text(shown[-1].place)})}" if rest else ""
    pager = {"previous_url": reverse("office-kept") if after else "", "next_url": next_url}
    return [_line(each) for each in shown], pager


def _place_text(place: Place) -> str:
    since, recording_id, currency = place
    return f"{since.isoformat()} {recording_id} {currency}"


def _place(text: str) -> Place | None:
    """A place in the list from an address; anything else is its beginning."""
    try:
        since, number, currency = text.split(" ")
        at = datetime.fromisoformat(since)
    except ValueError:
        return None
    return (at, number_of(number), currency) if currency.isalpha() else None


def _line(kept: KeptFor) -> dict[str, Any]:
    return {
        "recording_id": kept.recording_id,
        "title": kept.title,
        "isrc": kept.isrc,
        "why": why_apart(kept.why),
        "pairs": [f"{old.name} → {new.name}" for old, new in kept.pairs],
        "amount": price_text(kept.money),
        "since": date_text(kept.since.date()),
        "word": str(_WHOSE[TransferWord.Whose(kept.word.whose)]) if kept.word else "",
    }


@staff_only
@require_POST
def kept_divide(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Divide now what is kept for a recording, by what the register says."""
    recording = get_object_or_404(Recording, id=recording_id)
    now = timezone.now()
    with transaction.atomic():
        moved = divide_unidentified(recording_id=recording.pk, now=now)
        moved += divide_transferred(recording_id=recording.pk, now=now)
    if paid := _paid_text(moved):
        messages.success(request, paid)
    else:
        messages.info(request, gettext("Nothing moves: nobody is known yet whose it could be."))
    return redirect("office-kept")


def _said(moved: Sequence[Move]) -> str:
    """What a word did, which may be nothing."""
    return _paid_text(moved) or gettext("It is said. No money moved by it.")


def _paid_text(moved: Sequence[Move]) -> str:
    """How many accounts got something; empty if none did."""
    count = len({move.purse for move in moved if not move.money.is_negative})
    if not count:
        return ""
    text = ngettext("%(count)d account got its part.", "%(count)d accounts got theirs.", count)
    return text % {"count": count}


@staff_only
@require_http_methods(["GET", "POST"])
def transfer_word(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Say whose the sales of a recording, or of its whole catalog, were; it is paid at once."""
    recording = get_object_or_404(Recording, id=recording_id)
    pairs = pairs_of([recording_id])[recording_id]
    if not pairs:
        raise Http404
    form = WordForm(*posted(request), pairs=pairs)
    moved: list[Move] = []

    def record() -> None:
        now, user_id = timezone.now(), operator_of(request).pk
        evidence_id = form.evidence_id(user_id=user_id, now=now)
        word = form.word(recording_id)
        moved.extend(say_whose_sales(word=word, evidence_id=evidence_id, user_id=user_id, now=now))

    page = FormPage(
        title=gettext("Whose the sales of %(title)s were") % {"title": recording.title},
        intro=gettext(
            "The store cannot know it: the contract of the two says so. What was held is paid at "
            "once, to the payees of that supplier's deal. What you say later holds instead, and "
            "moves the money on."
        ),
        submit=gettext("Say it, and pay"),
        done=lambda: _said(moved),
        back=reverse("office-kept"),
        back_label=gettext("Kept for recordings"),
    )
    return record_page(request, page, form, record)
