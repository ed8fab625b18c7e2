"""Contracts behind a payee: what stands, what waits for one side, proposing and accepting terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.contracts.actions import (
    Between,
    NotYoursError,
    TermsRefusedError,
    accept_terms,
    close_terms,
    propose,
)
from pennywhistle.apps.contracts.models import Terms
from pennywhistle.apps.contracts.queries import contracts_of, standings
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.interfaces.common.contract_rows import contract_row
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.studio.contract_forms import ContractForm, TermsForm
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.contracts.models import Contract
    from pennywhistle.kernel.money import Money

CONTRACTS_SHOWN_MAX = 200


@require_GET
@members_only
def contracts(request: HttpRequest) -> HttpResponse:
    """The contracts of one's parties with their balances, and what waits."""
    person = person_of(request)
    mine = set(Party.objects.acted_for_by(user=person).values_list("id", flat=True))
    found = list(contracts_of(user=person)[:CONTRACTS_SHOWN_MAX])
    standing = {each.contract.pk: each for each in standings(found, now=timezone.now())}
    rows = [
        contract_row(standing[each.pk], party_id=_side(each, mine), url=_url(each))
        for each in found
        if each.pk in standing
    ]
    proposed = Terms.objects.waiting().filter(contract__in=found)
    waits = set(proposed.values_list("contract_id", flat=True))
    waiting = [each for each in found if each.pk in waits]
    context = {"contracts": rows, "waiting": [(each, _url(each)) for each in waiting]}
    return render(request, "studio/contracts.html", context)


@require_http_methods(["GET", "POST"])
@members_only
def contract_new(request: HttpRequest) -> HttpResponse:
    """Propose a contract to another payee."""
    person = person_of(request)
    form = ContractForm(request.POST if request.method == "POST" else None, user=person)
    if request.method == "POST" and form.is_valid():
        mine, other = form.cleaned_data["mine"], form.cleaned_data["other"]
        sides = (mine.pk, other.pk) if form.cleaned_data["side"] == "payer" else (other.pk, mine.pk)
        between = Between(*sides, the_store().currency, form.cleaned_data["name"])
        try:
            terms = propose(
                contract=between,
                said=form.said(),
                party_id=mine.pk,
                user_id=person.pk,
                now=timezone.now(),
            )
        except TermsRefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("Proposed. It holds once the other side accepts it."))
            return redirect(_url(terms.contract))
    status = 400 if form.errors else 200
    return render(request, "studio/contract_new.html", {"form": form}, status=status)


@require_GET
@members_only
def contract(request: HttpRequest, public_id: str) -> HttpResponse:
    """A contract: its balance, its versions, and what waits for somebody's word."""
    return _page(request, _mine(request, public_id), TermsForm())


@require_POST
@members_only
def terms_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose new terms of a contract."""
    mine = _mine(request, public_id)
    form = TermsForm(request.POST)
    if form.is_valid():
        try:
            propose(
                contract=mine,
                said=form.said(),
                party_id=_side(mine, _parties(request)),
                user_id=person_of(request).pk,
                now=timezone.now(),
            )
        except TermsRefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("Proposed. It holds once the other side accepts it."))
            return redirect(_url(mine))
    return _page(request, mine, form, status=400)


@require_POST
@members_only
def terms_accept(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Accept what the other side proposed."""
    mine = _mine(request, public_id)
    terms = get_object_or_404(mine.terms, number=number)
    others = {mine.payer_id, mine.payee_id} - {terms.proposed_by_id}
    sides = others & _parties(request)
    if not sides:
        raise Http404
    try:
        accept_terms(
            terms_id=terms.pk,
            party_id=sides.pop(),
            user_id=person_of(request).pk,
            now=timezone.now(),
        )
    except (TermsRefusedError, NotYoursError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Accepted. Both sides agree."))
    return redirect(_url(mine))


@require_POST
@members_only
def terms_close(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Refuse what was proposed, or withdraw it."""
    mine = _mine(request, public_id)
    terms = get_object_or_404(mine.terms, number=number)
    try:
        close_terms(terms_id=terms.pk, party_id=_side(mine, _parties(request)), now=timezone.now())
    except NotYoursError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is off the table."))
    return redirect(_url(mine))


def _page(
    request: HttpRequest, mine: Contract, form: TermsForm, *, status: int = 200
) -> HttpResponse:
    parties = _parties(request)
    found = standings([mine], now=timezone.now())
    versions = mine.terms.select_related("proposed_by", "contract").prefetch_related("releases")
    context = {
        "contract": mine,
        "contracts": [contract_row(each, party_id=_side(mine, parties)) for each in found],
        "versions": [_version(each, parties) for each in versions.order_by("-number")],
        "form": form,
    }
    return render(request, "studio/contract.html", context, status=status)


def _version(terms: Terms, parties: set[int]) -> dict[str, Any]:
    contract = terms.contract
    others = {contract.payer_id, contract.payee_id} - {terms.proposed_by_id}
    is_waiting = terms.accepted_at is None and terms.closed_at is None
    return {
        "terms": terms,
        "steps": _steps(terms),
        "releases": [release.title for release in terms.releases.all()],
        "days": _days(terms),
        "more": _more(terms),
        "is_waiting": is_waiting,
        "may_accept": is_waiting and bool(others & parties),
    }


def _steps(terms: Terms) -> list[str]:
    currency = terms.contract.currency
    said = []
    for step in terms.step_list:
        share = share_text(step.share)
        if not step.above_micro:
            said.append(share)
            continue
        above = price_text(type(terms.advance)(step.above_micro, currency))
        said.append(gettext("%(share)s above %(amount)s") % {"share": share, "amount": above})
    return said


def _days(terms: Terms) -> str:
    first = gettext("from %(start)s") % {"start": date_text(terms.starts_on)}
    if terms.ends_on is None:
        return first
    return gettext("from %(start)s, before %(end)s") % {
        "start": date_text(terms.starts_on),
        "end": date_text(terms.ends_on),
    }


def _more(terms: Terms) -> list[str]:
    """Advance, guarantee, reserve, group and who pays, as far as there are any."""
    said = []
    if terms.advance_on:
        said.append(
            _on(gettext("Advance %(amount)s, paid on %(day)s"), terms.advance, terms.advance_on)
        )
    if terms.guarantee_on:
        words = gettext("At least %(amount)s in all from %(day)s on")
        said.append(_on(words, terms.guarantee, terms.guarantee_on))
    if terms.reserve.share:
        releases = ", ".join(
            ngettext("%(part)s after %(months)d month", "%(part)s after %(months)d months", months)
            % {"part": share_text(part), "months": months}
            for months, part in terms.reserve.releases
        )
        said.append(
            gettext("%(share)s of each month in reserve, released %(releases)s")
            % {"share": share_text(terms.reserve.share), "releases": releases}
        )
    if terms.group:
        said.append(gettext("Recouped together: %(group)s") % {"group": terms.group})
    if terms.is_paid_by_store:
        said.append(gettext("The store passes it on"))
    return said


def _on(words: str, amount: Money, day: date) -> str:
    return words % {"amount": price_text(amount), "day": date_text(day)}


def _mine(request: HttpRequest, public_id: str) -> Contract:
    return get_object_or_404(contracts_of(user=person_of(request)), public_id=public_id)


def _parties(request: HttpRequest) -> set[int]:
    mine = Party.objects.acted_for_by(user=person_of(request))
    return set(mine.values_list("id", flat=True))


def _side(contract: Contract, parties: set[int]) -> int:
    """For which side the person speaks; who speaks for both, for the one that owes."""
    return contract.payer_id if contract.payer_id in parties else contract.payee_id


def _url(contract: Contract) -> str:
    return reverse("studio-contract", args=[contract.public_id])
