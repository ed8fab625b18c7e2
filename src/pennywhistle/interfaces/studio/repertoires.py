"""Lists of works and recordings that a mandate reaches: made, named and filled by their owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    RegisterError,
    add_to_repertoire,
    record_repertoire,
    rename_repertoire,
    shorten_repertoire,
)
from pennywhistle.apps.rights.repertoires import (
    find,
    lists_of,
    mandates_using,
    meant_by,
    members_of,
    members_per_page,
    repertoires_of,
    subject_of,
)
from pennywhistle.interfaces.common.format import period_text
from pennywhistle.interfaces.common.world import territories_text
from pennywhistle.interfaces.studio.limits import LISTS_SHOWN_MAX, PASTED_CHARACTERS_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.kernel.identifiers import Isrc, Iswc
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.rights.models import Mandate, Repertoire
    from pennywhistle.apps.rights.repertoires import Listed
    from pennywhistle.apps.users.models import User

_NAME_LENGTH_MAX = 200
_UNKNOWN_TOLD_MAX = 10
_DIGITS_MAX = 18


class ListForm(forms.Form):
    """A new list of one of the person's parties."""

    owner = forms.ModelChoiceField(Party.objects.none(), label=_("Of"), empty_label=None)
    name = forms.CharField(label=_("Name"), max_length=_NAME_LENGTH_MAX)

    def __init__(self, data: Any, *, user: User) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(data)
        mine = Party.objects.acted_for_by(user=user).order_by("name")
        self.fields["owner"].queryset = mine  # type: ignore[attr-defined]


class NameForm(forms.Form):
    """Another name for a list."""

    name = forms.CharField(label=_("Name"), max_length=_NAME_LENGTH_MAX)


class PasteForm(forms.Form):
    """Lines that name works and recordings."""

    pasted = forms.CharField(
        label=_("ISWCs and ISRCs"),
        help_text=_("One on each line, or a table as it is: any column may hold the code."),
        max_length=PASTED_CHARACTERS_MAX,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false", "dir": "ltr"}),
    )


@require_http_methods(["GET", "POST"])
@members_only
def repertoires(request: HttpRequest) -> HttpResponse:
    """The lists of one's parties, and a form for another."""
    person = person_of(request)
    form = ListForm(request.POST if request.method == "POST" else None, user=person)
    if form.is_bound and form.is_valid():
        made = record_repertoire(
            owner_id=form.cleaned_data["owner"].pk,
            name=form.cleaned_data["name"],
            now=timezone.now(),
        )
        return redirect("studio-repertoire", made.pk)
    context = {
        "form": form,
        "action": request.path,
        "lists": lists_of(user=person, count_max=LISTS_SHOWN_MAX),
    }
    return render(request, "studio/repertoires.html", context, status=400 if form.is_bound else 200)


@require_GET
@members_only
def repertoire(request: HttpRequest, number: int) -> HttpResponse:
    """What is on a list, which mandates use it, and what could be added."""
    return _page(request, _mine(request, number), PasteForm())


@require_POST
@members_only
def rename(request: HttpRequest, number: int) -> HttpResponse:
    """Give a list another name. Its address changes with it: the old one is closed."""
    found = _mine(request, number)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _page(request, found, PasteForm(), name_form=form, status=400)
    try:
        found = rename_repertoire(
            repertoire_id=found.pk, name=form.cleaned_data["name"], now=timezone.now()
        )
    except RegisterError as error:
        form.add_error("name", str(error))
        return _page(request, found, PasteForm(), name_form=form, status=400)
    messages.success(request, gettext("The list has this name now."))
    return redirect("studio-repertoire", found.pk)


@require_POST
@members_only
def add(request: HttpRequest, number: int) -> HttpResponse:
    """Put on a list what was pasted, or chosen from what a search found."""
    found = _mine(request, number)
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    meant = meant_by(repertoire=found, text=form.cleaned_data["pasted"])
    try:
        count = add_to_repertoire(
            repertoire_id=found.pk, subjects=meant.subjects, now=timezone.now()
        )
    except RegisterError as error:
        form.add_error(None, str(error))
        return _page(request, found, form, status=400)
    added = ngettext("%(count)s was added.", "%(count)s were added.", count) % {"count": count}
    messages.success(request, added)
    if meant.unknown:
        messages.warning(request, _unknown_text(meant.unknown))
    return redirect("studio-repertoire", found.pk)


@require_POST
@members_only
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Take one work or recording off a list."""
    found = _mine(request, number)
    # Its owner may have lost the share since: what is on the list can always be taken off.
    subject = subject_of(request.POST.get("ref", ""))
    if subject is None:
        raise Http404
    try:
        shorten_repertoire(repertoire_id=found.pk, subjects=[subject], now=timezone.now())
    except RegisterError as error:
        messages.error(request, str(error))
    return redirect("studio-repertoire", found.pk)


def _mine(request: HttpRequest, number: int) -> Repertoire:
    return get_object_or_404(repertoires_of(user=person_of(request)), id=number)


def _page(
    request: HttpRequest,
    found: Repertoire,
    form: PasteForm,
    *,
    name_form: NameForm | None = None,
    status: int = 200,
) -> HttpResponse:
    after = request.GET.get("after", "")
    after_id = int(after) if after.isdecimal() and len(after) <= _DIGITS_MAX else 0
    members = members_of(repertoire_id=found.pk, after_id=after_id)
    page = members[:members_per_page]
    address = reverse("studio-repertoire", args=[found.pk])
    query = request.GET.get("q", "").strip()[:_NAME_LENGTH_MAX]
    context = {
        "repertoire": found,
        "form": form,
        "name_form": name_form or NameForm(initial={"name": found.name}),
        "members": [(each, _code_text(each)) for _, each in page],
        "mandates": [_mandate(each) for each in mandates_using(repertoire_id=found.pk)],
        "query": query,
        "found": [(each, _code_text(each)) for each in find(repertoire=found, text=query)]
        if query
        else None,
        "pager": {
            "previous_url": address if after_id else "",
            "next_url": f"{address}?after={page[-1][0]}" if len(members) > len(page) else "",
        },
    }
    return render(request, "studio/repertoire.html", context, status=status)


def _mandate(mandate: Mandate) -> dict[str, Any]:
    return {
        "to_name": mandate.to_party.name,
        "territories": territories_text(Territories.from_bytes(bytes(mandate.territories.mask))),
        "period": period_text(mandate.valid),
        "notice_days": mandate.notice_days,
    }


def _code_text(listed: Listed) -> str:
    if not listed.code:
        return listed.ref
    return Iswc(listed.code).display if listed.is_work else Isrc(listed.code).display


def _unknown_text(unknown: tuple[str, ...]) -> str:
    told = ", ".join(line[:60] for line in unknown[:_UNKNOWN_TOLD_MAX])
    return ngettext(
        "%(count)s line names nothing in which the party has a share: %(lines)s",
        "%(count)s lines name nothing in which the party has a share: %(lines)s",
        len(unknown),
    ) % {"count": len(unknown), "lines": told}
