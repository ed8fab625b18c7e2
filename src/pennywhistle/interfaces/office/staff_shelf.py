"""The staff's shelf: which releases the people who run the store like, in which order, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from pennywhistle.apps.charts.actions import (
    PickError,
    move_pick,
    put_on_shelf,
    take_off_shelf,
    write_note,
)
from pennywhistle.apps.charts.limits import note_length_max, picks_max
from pennywhistle.apps.charts.queries import picks_arranged
from pennywhistle.apps.discovery.queries import item_named
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.charts.models import StaffPick

_CODE = re.compile(rf"(?:^|[-/])([{ALPHABET}]{{{PUBLIC_ID_LENGTH}}})/?(?:[?#].*)?$", re.ASCII)
_STEPS = {"up": -1, "down": 1, "first": -picks_max, "last": picks_max}


class PickForm(forms.Form):
    """A release for the shelf."""

    release = forms.CharField(
        label=_("Release"),
        max_length=500,
        widget=forms.TextInput({"spellcheck": "false", "dir": "ltr"}),
        help_text=_("Its address in the shop, or its code: the last part of the address."),
    )
    note = forms.CharField(
        label=_("Why you like it"),
        required=False,
        max_length=note_length_max,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Stands under it in the shop, as it is typed."),
    )

    def clean_release(self) -> int:
        """The release of the address."""
        match = _CODE.search(self.cleaned_data["release"].strip())
        ref = item_named("release", match[1]) if match else None
        if ref is None:
            raise ValidationError(gettext("There is no release with this address."))
        return ref.release_id


@staff_only
@require_http_methods(["GET", "POST"])
def arrange(request: HttpRequest) -> HttpResponse:
    """What stands on the shelf, and the form that adds to it."""
    is_posted = request.method == "POST"
    form = PickForm(request.POST if is_posted else None)
    if is_posted and form.is_valid() and _is_put(request, form):
        return redirect("office-shelf")
    rows = picks_arranged()
    context = {
        "rows": [_row(pick, at, len(rows)) for at, pick in enumerate(rows)],
        "form": form,
        "most": picks_max,
        "note_length_max": note_length_max,
    }
    return render(request, "office/staff_shelf.html", context, status=400 if is_posted else 200)


def _is_put(request: HttpRequest, form: PickForm) -> bool:
    try:
        put_on_shelf(
            release_id=form.cleaned_data["release"],
            note=form.cleaned_data["note"],
            user_id=operator_of(request).pk,
            now=timezone.now(),
        )
    except PickError:
        form.add_error(None, gettext("The shelf is full. Take something off it first."))
        return False
    messages.success(request, gettext("It stands on the shelf."))
    return True


def _row(pick: StaffPick, at: int, count: int) -> dict[str, Any]:
    release, now = pick.release, timezone.now()
    is_out = release.published_at is not None and release.published_at <= now
    is_gone = release.withdrawn_at is not None and release.withdrawn_at <= now
    return {
        "pick": pick,
        "url": (release.slug, release.public_id),
        "is_first": at == 0,
        "is_last": at == count - 1,
        "is_shown": is_out and not is_gone,
    }


@staff_only
@require_POST
def change(request: HttpRequest, pick_id: int, verb: str) -> HttpResponse:
    """Move a release of the shelf, write another note, or take it off."""
    if verb in _STEPS:
        move_pick(pick_id=pick_id, steps=_STEPS[verb])
    elif verb == "note":
        write_note(pick_id=pick_id, note=request.POST.get("note", ""))
        messages.success(request, gettext("Saved."))
    elif verb == "off":
        take_off_shelf(pick_id=pick_id)
        messages.success(request, gettext("It is off the shelf."))
    else:
        raise Http404
    return redirect("office-shelf")
