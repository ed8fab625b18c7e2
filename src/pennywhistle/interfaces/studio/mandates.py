"""Mandates of one's parties, and what one more or one less would change before it takes effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Mandate, Repertoire
from pennywhistle.apps.rights.prospects import (
    Change,
    if_mandated,
    if_revoked,
    refs_on,
    releases_weighed_max,
)
from pennywhistle.apps.rights.reach import releases_touched_by
from pennywhistle.apps.rights.repertoires import repertoires_of
from pennywhistle.engines import clearance
from pennywhistle.engines.clearance import DOWNLOAD, Right
from pennywhistle.interfaces.common.extent_form import ExtentForm
from pennywhistle.interfaces.common.format import date_text, period_text
from pennywhistle.interfaces.common.party_field import PartyField, right_name, rights_field
from pennywhistle.interfaces.common.world import territories_text
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.users.models import User

mandates_shown_max = 200
# Of a number of a row.
DIGITS_MAX = 18


class MandateForm(ExtentForm):
    """A mandate that one of the person's parties might give."""

    from_party = forms.ModelChoiceField(Party.objects.none(), label=_("From"), empty_label=None)
    to_party = PartyField(label=_("To"))
    rights = rights_field(Right)
    repertoire = forms.ModelChoiceField(
        Repertoire.objects.none(),
        label=_("Only what is on the list"),
        required=False,
        empty_label=_("all that the party has"),
    )
    is_exclusive = forms.BooleanField(
        label=_("Exclusive: nobody else may license it"), required=False
    )
    field_order = [
        *("from_party", "to_party", "rights", "repertoire", "is_exclusive"),
        *("included", "excluded"),
    ]

    def __init__(self, data: Any, *, user: User) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(data)
        mine = Party.objects.acted_for_by(user=user).order_by("name")
        self.fields["from_party"].queryset = mine  # type: ignore[attr-defined]
        lists = repertoires_of(user=user).order_by("owner__name", "name", "id")
        self.fields["repertoire"].queryset = lists  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A list is of the party that gives the mandate."""
        cleaned = super().clean()
        repertoire, giver = cleaned.get("repertoire"), cleaned.get("from_party")
        if repertoire is not None and giver is not None and repertoire.owner_id != giver.pk:
            self.add_error("repertoire", gettext("This is a list of another party."))
        return cleaned

    def mandate(self) -> clearance.Mandate:
        """The mandate as clearance reads it, once everything is valid."""
        cleaned = self.cleaned_data
        return clearance.Mandate(
            id=0,
            from_id=cleaned["from_party"].pk,
            to_id=cleaned["to_party"].pk,
            rights=frozenset(map(Right, cleaned["rights"])),
            uses=frozenset({DOWNLOAD}),
            territories=self.territories,
            valid=self.period,
            is_exclusive=cleaned["is_exclusive"],
        )


@require_GET
@members_only
def mandates(request: HttpRequest) -> HttpResponse:
    """The mandates given and held; asked with a mandate, what it would change. Nothing is kept."""
    person = person_of(request)
    mine = frozenset(Party.objects.acted_for_by(user=person).values_list("id", flat=True))
    form = MandateForm(request.GET if "to_party" in request.GET else None, user=person)
    context: dict[str, Any] = {
        "form": form,
        "rows": [_row(each, mine) for each in _mandates_of(person)[:mandates_shown_max]],
        "most": releases_weighed_max,
    }
    if "end" in request.GET:
        mandate = mandate_given_or_held(person, request.GET["end"])
        context |= if_ended(mandate, timezone.now())
    elif form.is_bound and form.is_valid():
        repertoire = form.cleaned_data["repertoire"]
        context |= _if_given(form.mandate(), repertoire.pk if repertoire else None)
    return render(request, "studio/mandates.html", context)


def _mandates_of(user: User) -> QuerySet[Mandate]:
    mine = Party.objects.acted_for_by(user=user)
    open_ones = Mandate.objects.open().select_related(
        "from_party", "to_party", "territories", "repertoire"
    )
    found = open_ones.filter(from_party__in=mine) | open_ones.filter(to_party__in=mine)
    return found.distinct().order_by("from_party__name", "id")


def mandate_given_or_held(user: User, said: str) -> Mandate:
    """The open mandate of that number, if the person's parties gave or hold it; 404 else."""
    number = int(said) if said.isdecimal() and len(said) <= DIGITS_MAX else 0
    mandate = _mandates_of(user).filter(id=number).first()
    if mandate is None:
        raise Http404
    return mandate


def _row(mandate: Mandate, mine: frozenset[int]) -> dict[str, Any]:
    return {
        "id": mandate.pk,
        "from_name": mandate.from_party.name,
        "to_name": mandate.to_party.name,
        "rights": [right_name(right) for right in mandate.rights],
        "territories": territories_text(Territories.from_bytes(bytes(mandate.territories.mask))),
        "period": period_text(mandate.valid),
        "repertoire": mandate.repertoire.name if mandate.repertoire else "",
        "is_exclusive": mandate.is_exclusive,
        "is_mine": mandate.from_party_id in mine,
    }


def _if_given(mandate: clearance.Mandate, repertoire_id: int | None) -> dict[str, Any]:
    # It counts from its first day on; what holds then is what it is weighed against.
    now = timezone.now()
    at = max(now, mandate.valid.starts_at or now)
    touched = _touched(mandate.from_id, sorted(mandate.rights), repertoire_id, now)
    if repertoire_id is not None:
        listed = refs_on(repertoire_id=repertoire_id, release_ids=touched)
        mandate = replace(mandate, repertoire=listed)
    return _result(if_mandated(mandate=mandate, release_ids=touched, at=at), touched)


def end_of(mandate: Mandate, now: datetime) -> datetime:
    """When a mandate would end if its giver revoked it now: its notice has run by then."""
    return now + timedelta(days=mandate.notice_days)


def if_ended(mandate: Mandate, now: datetime) -> dict[str, Any]:
    """What would change when the mandate's notice has run, if it were given now."""
    ends_at = end_of(mandate, now)
    # One that has not begun by then changes nothing before it would have.
    at = max(ends_at, mandate.valid_from or ends_at)
    touched = _touched(mandate.from_party_id, mandate.rights, mandate.repertoire_id, now)
    changes = if_revoked(mandate_id=mandate.pk, release_ids=touched, at=at)
    day = date_text(ends_at.date())
    return {**_result(changes, touched), "ended": _row(mandate, frozenset()), "day": day}


def _touched(
    party_id: int, rights: Sequence[str], repertoire_id: int | None, now: datetime
) -> list[int]:
    return releases_touched_by(
        party_id=party_id,
        rights=rights,
        repertoire_id=repertoire_id,
        now=now,
        count_max=releases_weighed_max,
    )


def _result(changes: Sequence[Change], touched: Sequence[int]) -> dict[str, Any]:
    return {
        "weighed": len(touched),
        "changes": [
            {
                "release": change.release_title,
                "title": change.title,
                "opened": territories_text(change.opened) if change.opened else "",
                "closed": territories_text(change.closed) if change.closed else "",
                "paid_otherwise": territories_text(change.paid_otherwise)
                if change.paid_otherwise
                else "",
            }
            for change in changes
        ],
    }
