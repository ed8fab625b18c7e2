"""Recording what a party gives, licenses and agrees to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.models import Repertoire, Tariff
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.office.parties import party_url
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.register_forms import (
    AgreementForm,
    LicenseForm,
    MandateForm,
    RateForm,
    TransferForm,
)
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.interfaces.office.fields import DocumentForm


@staff_only
@require_http_methods(["GET", "POST"])
def mandate_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record whom a party lets license for it."""
    party = get_object_or_404(Party, public_id=public_id)
    form = MandateForm(
        *posted(request),
        repertoires=Repertoire.objects.open().filter(owner=party).order_by("name"),
    )

    def record(evidence_id: int | None, now: datetime) -> None:
        said = form.cleaned_data
        terms = actions.MandateTerms(
            from_party_id=party.pk,
            to_party_id=said["to_party"].pk,
            rights=tuple(said["rights"]),
            uses=tuple(said["uses"]),
            territories=form.territories,
            valid=form.period,
            is_exclusive=said["is_exclusive"],
            repertoire_id=said["repertoire"],
            notice_days=said["notice_days"],
        )
        actions.record_mandate(terms=terms, now=now, evidence_id=evidence_id)

    page = FormPage(
        title=gettext("A mandate of %(name)s") % {"name": party.name},
        intro=gettext(
            "It lets somebody license what this party owns, and what others mandated to it."
        ),
        submit=gettext("Record this mandate"),
        done=gettext("The mandate is on record."),
        back=party_url(party),
        back_label=party.name,
    )
    return _recorded(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def license_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record what a licensor lets this store do, and by which tariff."""
    party = get_object_or_404(Party, public_id=public_id)
    form = LicenseForm(
        *posted(request),
        tariffs=Tariff.objects.open().filter(licensor=party).order_by("name"),
    )

    def record(evidence_id: int | None, now: datetime) -> None:
        said = form.cleaned_data
        terms = actions.LicenseTerms(
            licensor_id=party.pk,
            territories=form.territories,
            valid=form.period,
            rights=tuple(said["rights"]),
            uses=tuple(said["uses"]),
            tariff_id=said["tariff"],
            unidentified_by=said["unidentified_by"],
            reporting_profile=said["reporting_profile"],
            due_days=said["due_days"],
        )
        actions.record_license(terms=terms, now=now, evidence_id=evidence_id)

    page = FormPage(
        title=gettext("A license of %(name)s") % {"name": party.name},
        intro=gettext(
            "It reaches as far as what the party owns and what is mandated to it, whatever it says."
        ),
        submit=gettext("Record this license"),
        done=gettext("The license is on record."),
        back=party_url(party),
        back_label=party.name,
    )
    return _recorded(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def agreement_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record a supplier's signed agreement."""
    party = get_object_or_404(Party, public_id=public_id)
    form = AgreementForm(*posted(request))

    def record(evidence_id: int | None, now: datetime) -> None:
        actions.record_agreement(
            supplier_id=party.pk,
            valid=form.period,
            us_source=form.cleaned_data["us_source"] or None,
            now=now,
            evidence_id=evidence_id,
        )

    page = FormPage(
        title=gettext("An agreement with %(name)s") % {"name": party.name},
        intro=gettext("What was agreed for that time before gives way to it."),
        submit=gettext("Record this agreement"),
        done=gettext("The agreement is on record."),
        back=party_url(party),
        back_label=party.name,
    )
    return _recorded(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def rate_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record what a supplier's price code means."""
    party = get_object_or_404(Party, public_id=public_id)
    form = RateForm(*posted(request), currency=store_of(request).currency)

    def record(evidence_id: int | None, now: datetime) -> None:
        said = form.cleaned_data
        terms = actions.RateTerms(
            supplier_id=party.pk,
            code=said["code"],
            territories=form.territories,
            valid=form.period,
            price=said["price"],
            wholesale=said["wholesale"],
        )
        actions.record_rate(terms=terms, now=now, evidence_id=evidence_id)

    page = FormPage(
        title=gettext("A price code of %(name)s") % {"name": party.name},
        intro=gettext("What the code meant there and then before gives way to it."),
        submit=gettext("Record this price code"),
        done=gettext("The price code is on record."),
        back=party_url(party),
        back_label=party.name,
    )
    return _recorded(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def transfer_new(request: HttpRequest, public_id: str) -> HttpResponse:
    """Record that a catalog goes to another supplier."""
    party = get_object_or_404(Party, public_id=public_id)
    form = TransferForm(*posted(request))

    def record(evidence_id: int | None, now: datetime) -> None:
        actions.record_transfer(
            from_supplier_id=party.pk,
            to_supplier_id=form.cleaned_data["to_party"].pk,
            valid=form.period,
            now=now,
            evidence_id=evidence_id,
        )

    page = FormPage(
        title=gettext("%(name)s hands its catalog over") % {"name": party.name},
        intro=gettext("While it lasts both may hold deals, and what is earned is held."),
        submit=gettext("Record this transfer"),
        done=gettext("The transfer is on record."),
        back=party_url(party),
        back_label=party.name,
    )
    return _recorded(request, page, form, record)


def _recorded(
    request: HttpRequest,
    page: FormPage,
    form: DocumentForm,
    record: Callable[[int | None, datetime], None],
) -> HttpResponse:
    """Keep the document first, then what rests on it."""

    def record_all() -> None:
        now = timezone.now()
        record(form.evidence_id(user_id=operator_of(request).pk, now=now), now)

    return record_page(request, page, form, record_all)
