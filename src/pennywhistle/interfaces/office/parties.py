"""Parties: the list, making one, naming its numbers, and its page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.catalog.queries import roles_of
from pennywhistle.apps.parties.actions import ensure_party, identify_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.parties.queries import PARTIES_PER_PAGE, find_parties
from pennywhistle.apps.rights.dossier import View, dossier_of
from pennywhistle.apps.rights.mandate_tree import mandate_tree
from pennywhistle.interfaces.common.split_bar import role_text
from pennywhistle.interfaces.office.party_forms import BelievedForm, IdentifierForm, PartyForm
from pennywhistle.interfaces.office.party_tables import document_cells, tables_of
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.kernel.identifiers import parse_identifier

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse


@staff_only
@require_GET
def party_list(request: HttpRequest) -> HttpResponse:
    """All parties by name, or those that a search means."""
    text = request.GET.get("q", "").strip()[:300]
    after = Party.objects.filter(public_id=request.GET.get("after", "")).first()
    found = find_parties(text=text, after=after)
    page = searched(request, found, most=PARTIES_PER_PAGE, key=lambda party: party.public_id)
    return render(
        request,
        "office/parties.html",
        {
            "query": text,
            "parties": [
                {
                    "party": party,
                    "url": party_url(party),
                    "numbers": [_number(each.scheme, each.value) for each in _numbers(party)],
                }
                for party in page.rows
            ],
            "pager": page.pager,
        },
    )


@staff_only
@require_http_methods(["GET", "POST"])
def party_new(request: HttpRequest) -> HttpResponse:
    """Make a party; the same name again leads to the party that has it."""
    form = PartyForm(*posted(request))
    page = FormPage(
        title=gettext("A new party"),
        intro=gettext("Somebody who owns, licenses, supplies or is paid. Look for it first."),
        submit=gettext("Make this party"),
        done=gettext("The party is on record."),
        back=f"{reverse('office-parties')}?q=",
        back_label=gettext("Parties"),
    )
    if request.method == "POST" and form.is_valid():
        # Where it leads is known once the name is.
        page = _at_home(page, form.cleaned_data["name"])
    return record_page(request, page, form, lambda: ensure_party(**form.cleaned_data))


def _at_home(page: FormPage, name: str) -> FormPage:
    address = f"{reverse('office-parties')}?{urlencode({'q': name})}"
    return replace(page, back=address)


@staff_only
@require_GET
def party(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything on record of a party."""
    found = get_object_or_404(
        Party.objects.prefetch_related("partyidentifier_set"), public_id=public_id
    )
    now = timezone.now()
    believed = BelievedForm(request.GET if {"known_on", "true_on"} & set(request.GET) else None)
    view = believed.view(now=now)
    dossier = dossier_of(party_id=found.pk, view=view)
    context = {
        "party": found,
        "numbers": [_number(each.scheme, each.value) for each in _numbers(found)],
        "roles": [
            (role_text(role), recordings, works)
            for role, recordings, works in roles_of(party_id=found.pk)
        ],
        "believed": believed,
        "is_past": view != View(),
        "tables": tables_of(found, dossier),
        "documents": document_cells(dossier.documents),
        **(_chains(found, now) if view == View() else {}),
    }
    return render(request, "office/party.html", context)


@staff_only
@require_GET
def party_history(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the store believed of a party and does not any more."""
    found = get_object_or_404(Party, public_id=public_id)
    dossier = dossier_of(party_id=found.pk, view=View(is_history=True))
    tables = [table for table in tables_of(found, dossier) if table.rows]
    context = {"party": found, "url": party_url(found), "tables": tables}
    return render(request, "office/party_history.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def party_identify(request: HttpRequest, public_id: str) -> HttpResponse:
    """Note a party's number; one whose check character is wrong is kept and told."""
    found = get_object_or_404(Party, public_id=public_id)
    form = IdentifierForm(*posted(request))
    page = FormPage(
        title=gettext("A number of %(name)s") % {"name": found.name},
        submit=gettext("Note this number"),
        done=_warned(form) or gettext("The number is on record."),
        back=party_url(found),
        back_label=found.name,
    )
    return record_page(
        request, page, form, lambda: identify_party(party_id=found.pk, **form.cleaned_data)
    )


def party_url(party: Party) -> str:
    """The address of a party's page."""
    return reverse("office-party", args=[party.public_id])


def _warned(form: IdentifierForm) -> str:
    """The form is refused by the action; a wrong check character is only said."""
    if not form.is_bound or not form.is_valid():
        return ""
    try:
        identifier = parse_identifier(form.cleaned_data["scheme"], form.cleaned_data["text"])
    except ValueError:
        return ""
    if identifier.check_ok:
        return ""
    return gettext(
        "The number is on record, but its check character is wrong: compare it with the document."
    )


def _numbers(party: Party) -> list[Any]:
    return list(party.partyidentifier_set.all())


def _number(scheme: str, value: str) -> tuple[str, str, bool]:
    """The kind of a number, the number as its standard prints it, and whether it checks."""
    identifier = parse_identifier(scheme, value)
    return scheme.upper().replace("-", " "), identifier.display, identifier.check_ok


def _chains(party: Party, now: datetime) -> dict[str, Any]:
    """Who may license for the party, and for whom it may."""
    return {
        "ahead": mandate_tree(party_id=party.pk, is_forward=True, at=now),
        "behind": mandate_tree(party_id=party.pk, is_forward=False, at=now),
    }
