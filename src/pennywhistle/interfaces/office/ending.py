"""Ending what is on record: revoking a mandate, and ending or taking back anything else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.models import (
    License,
    Mandate,
    OwnershipShare,
    PublicDomain,
    RateCardLine,
    SupplierAgreement,
    TariffLine,
    Transfer,
)
from pennywhistle.interfaces.common.extent_form import midnight
from pennywhistle.interfaces.office.parties import party_url
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.register_forms import EndForm, RevokeForm
from pennywhistle.interfaces.office.staff import staff_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

_DAY = timedelta(days=1)
# By kind: the row, and where one comes from to end it.
_Home = tuple[str, str]


@staff_only
@require_http_methods(["GET", "POST"])
def mandate_revoke(request: HttpRequest, row_id: int) -> HttpResponse:
    """End a mandate at a day, once its notice has run or if its holder agrees."""
    mandate = get_object_or_404(
        Mandate.objects.open().select_related("from_party", "to_party"), id=row_id
    )
    form = RevokeForm(*posted(request))

    def record() -> None:
        effective_at = midnight(form.cleaned_data["effective_day"])
        assert effective_at is not None
        actions.revoke_mandate(
            mandate_id=row_id,
            effective_at=effective_at,
            now=timezone.now(),
            is_agreed=form.cleaned_data["is_agreed"],
        )

    page = FormPage(
        title=gettext("Revoke the mandate of %(giver)s to %(holder)s")
        % {"giver": mandate.from_party.name, "holder": mandate.to_party.name},
        intro=gettext("Its notice is %(count)d days.") % {"count": mandate.notice_days},
        submit=gettext("Revoke it"),
        done=gettext("The mandate ends on that day."),
        back=party_url(mandate.from_party),
        back_label=mandate.from_party.name,
    )
    return record_page(request, page, form, record)


@staff_only
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, kind: str, row_id: int) -> HttpResponse:
    """End a row of the register, or take back one that was a mistake."""
    if kind not in _KINDS:
        raise Http404
    home_of, close = _KINDS[kind]
    back_label, back = home_of(row_id)
    form = EndForm(*posted(request))

    def record() -> None:
        close(row_id, timezone.now(), midnight(form.cleaned_data["last_day"], _DAY))

    page = FormPage(
        title=gettext("End it"),
        intro=gettext("It stays readable as what was believed. What was sold stays sold."),
        submit=gettext("End it"),
        done=gettext("It is ended."),
        back=back,
        back_label=back_label,
    )
    return record_page(request, page, form, record)


def _of_license(row_id: int) -> _Home:
    row = get_object_or_404(License.objects.open().select_related("licensor"), id=row_id)
    return row.licensor.name, party_url(row.licensor)


def _of_agreement(row_id: int) -> _Home:
    row = get_object_or_404(SupplierAgreement.objects.open().select_related("supplier"), id=row_id)
    return row.supplier.name, party_url(row.supplier)


def _of_rate(row_id: int) -> _Home:
    row = get_object_or_404(RateCardLine.objects.open().select_related("supplier"), id=row_id)
    return row.supplier.name, party_url(row.supplier)


def _of_transfer(row_id: int) -> _Home:
    row = get_object_or_404(Transfer.objects.open().select_related("from_supplier"), id=row_id)
    return row.from_supplier.name, party_url(row.from_supplier)


def _of_tariff_line(row_id: int) -> _Home:
    row = get_object_or_404(TariffLine.objects.open().select_related("tariff"), id=row_id)
    return row.tariff.name, reverse("office-tariff", args=[row.tariff_id])


def _of_public_domain(row_id: int) -> _Home:
    row = get_object_or_404(PublicDomain.objects.open().select_related("work"), id=row_id)
    return row.work.title, reverse("office-work", args=[row.work_id])


def _of_share(row_id: int) -> _Home:
    row = get_object_or_404(
        OwnershipShare.objects.open().select_related("work", "recording"), id=row_id
    )
    if row.work is not None:
        return row.work.title, reverse("office-work", args=[row.work.pk])
    assert row.recording is not None
    return row.recording.title, reverse("office-recording", args=[row.recording.pk])


_KINDS: dict[str, tuple[Callable[[int], _Home], Callable[[int, datetime, datetime | None], object]]]
_KINDS = {
    "license": (
        _of_license,
        lambda row_id, now, ends_at: actions.close_license(
            license_id=row_id, now=now, ends_at=ends_at
        ),
    ),
    "agreement": (
        _of_agreement,
        lambda row_id, now, ends_at: actions.close_agreement(
            agreement_id=row_id, now=now, ends_at=ends_at
        ),
    ),
    "rate": (
        _of_rate,
        lambda row_id, now, ends_at: actions.close_rate(rate_id=row_id, now=now, ends_at=ends_at),
    ),
    "transfer": (
        _of_transfer,
        lambda row_id, now, ends_at: actions.close_transfer(
            transfer_id=row_id, now=now, ends_at=ends_at
        ),
    ),
    "tariff-line": (
        _of_tariff_line,
        lambda row_id, now, ends_at: actions.close_tariff_line(
            line_id=row_id, now=now, ends_at=ends_at
        ),
    ),
    "public-domain": (
        _of_public_domain,
        lambda row_id, now, ends_at: actions.close_public_domain(
            public_domain_id=row_id, now=now, ends_at=ends_at
        ),
    ),
    "share": (
        _of_share,
        lambda row_id, now, ends_at: actions.close_share(share_id=row_id, now=now, ends_at=ends_at),
    ),
}
