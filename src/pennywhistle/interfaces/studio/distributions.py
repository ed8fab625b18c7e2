"""Distributions: seen before they are made, made once, and read by whoever got something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.societies.actions import AccountShortError, PeriodOpenError, distribute
from pennywhistle.apps.societies.models import Distribution, DistributionLine, Society
from pennywhistle.apps.societies.queries import (
    codes_in,
    currencies_of,
    sum_of_party,
    sums_of,
    sums_of_person,
)
from pennywhistle.apps.societies.work import plan_distribution, sums_of_plan
from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.extent_form import midnight
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.studio.limits import DISTRIBUTION_LINES_SHOWN
from pennywhistle.interfaces.studio.person import members_only, person_of, society_of
from pennywhistle.interfaces.studio.society_csv import distribution_lines
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.societies.models import DistributionLineQuerySet
    from pennywhistle.apps.societies.queries import MemberSum
    from pennywhistle.apps.societies.work import Plan
    from pennywhistle.apps.users.models import User

_DAY = timedelta(days=1)
# Who acts for the society itself reads a distribution by this instead of a party's code.
ALL = "all"


class UntilForm(forms.Form):
    """Up to which day uses are distributed."""

    last_day = forms.DateField(
        label=_("Uses up to and with"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Days end at midnight UTC. Today: up to now."),
    )

    def period_end(self, now: datetime) -> datetime:
        """The first instant that is no longer of it, at the latest now."""
        end = midnight(self.cleaned_data["last_day"], _DAY)
        assert end is not None
        return min(end, now)


@require_GET
@members_only
def distributions(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was distributed; asked with a day, what would be, exactly. Nothing is moved here."""
    society, now = society_of(request, public_id), timezone.now()
    form = UntilForm(request.GET if "last_day" in request.GET else None)
    context: dict[str, Any] = {
        "society": society,
        "form": form,
        "rows": [
            distribution_row(each, None)
            for each in Distribution.objects.of_society(society_id=society.pk)
        ],
    }
    if form.is_bound and form.is_valid():
        period_end = form.period_end(now)
        plans = [
            plan_distribution(society=society, currency=currency, period_end=period_end)
            for currency in currencies_of(society_id=society.pk)
        ]
        context |= {
            "period_end": period_end,
            "period_end_text": period_end.isoformat(),
            "plans": [_plan(plan) for plan in plans if plan.lines],
            "moves": any(plan.moves for plan in plans),
        }
    return render(request, "studio/society_distributions.html", context)


@require_POST
@members_only
def run(request: HttpRequest, public_id: str) -> HttpResponse:
    """Distribute what was shown; a second click finds nothing more to distribute."""
    society = society_of(request, public_id)
    back = redirect(reverse("studio-society-distributions", args=[public_id]))
    try:
        period_end = datetime.fromisoformat(request.POST.get("period_end", ""))
        if period_end.tzinfo is None:
            raise Http404
        made = distribute(
            society_id=society.pk, period_end=period_end.astimezone(UTC), now=timezone.now()
        )
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    except PeriodOpenError:
        messages.error(request, gettext("Only what has happened already can be distributed."))
        return back
    except AccountShortError:
        messages.error(
            request,
            gettext(
                "The account holds less than that: some of it was paid out. Nothing was moved."
            ),
        )
        return back
    if made:
        messages.success(request, gettext("It is distributed, and stands in the books."))
    else:
        messages.info(request, gettext("There was nothing more to distribute."))
    return back


def _plan(plan: Plan) -> dict[str, Any]:
    """A plan by recipient, as a distribution is shown."""
    return {
        "rows": [_recipient(each, {}) for each in sums_of_plan(plan)],
        "deduction_rate": share_text(plan.society.deduction),
        **_sums(plan),
    }


def _recipient(each: MemberSum, codes: Mapping[int, str]) -> dict[str, str]:
    return {
        "name": each.name or why_apart(each.reason),
        "code": codes.get(each.party_id or 0, ""),
        "kind": _kind_text(each.kind),
        "gross": exact_text(each.gross),
        "deduction": exact_text(each.deduction),
        "net": exact_text(each.net),
    }


def _sums(whole: Plan | Distribution) -> dict[str, str]:
    def text(micro: int) -> str:
        return exact_text(Money(micro, whole.currency))

    return {
        "currency": whole.currency,
        "gross": text(whole.gross_micro),
        "brought": text(whole.brought_micro) if whole.brought_micro else "",
        "deduction": text(whole.deduction_micro),
        "paid": text(whole.paid_micro),
        "unclaimed": text(whole.unclaimed_micro),
        "carried": text(whole.carried_micro) if whole.carried_micro else "",
    }


def _kind_text(kind: str) -> str:
    return {
        DistributionLine.Kind.PAID.value: gettext("paid"),
        DistributionLine.Kind.UNCLAIMED.value: gettext("unclaimed"),
        DistributionLine.Kind.CARRIED.value: gettext("carried over"),
    }[kind]


def distribution_row(distribution: Distribution, person: User | None) -> dict[str, Any]:
    """A distribution in a list; for a person, what the parties that they act for got of it."""
    row: dict[str, Any] = {
        "id": distribution.pk,
        "society": distribution.society.party.name,
        "at": date_text(distribution.distributed_at.date()),
        "until": date_text((distribution.period_end - timedelta(microseconds=1)).date()),
        **_sums(distribution),
    }
    if person is not None:
        row["parties"] = [
            {"code": each.code, "name": each.name, "net": exact_text(each.net)}
            for each in sums_of_person(distribution, user=person)
        ]
    return row


@require_GET
@members_only
def distribution(request: HttpRequest, number: int) -> HttpResponse:
    """One distribution by recipient, for who acts for the society."""
    mine = Society.objects.acted_for_by(user=person_of(request))
    made = get_object_or_404(Distribution, id=number, society__in=mine)
    codes = codes_in(made)
    rows = [_recipient(each, codes) for each in sums_of(made)]
    context = {
        "made": made,
        "row": distribution_row(made, None),
        "rows": rows,
        "deduction_rate": share_text(made.deduction),
        "csv_url": reverse("studio-distribution-csv", args=[made.pk, ALL]),
    }
    return render(request, "studio/distribution.html", context)


@require_GET
@members_only
def member_statement(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """What a distribution brought one member, work by work."""
    made, lines, party = _lines(request, number, code)
    if party is None:
        raise Http404
    got = sum_of_party(made, party_id=party.pk)
    if got is None:
        raise Http404
    shown = list(lines[: DISTRIBUTION_LINES_SHOWN + 1])
    context = {
        "made": made,
        "party": party,
        "row": distribution_row(made, None),
        "deduction_rate": share_text(made.deduction),
        "sums": {
            "gross": exact_text(got.gross),
            "deduction": exact_text(got.deduction),
            "net": exact_text(got.net),
        },
        "lines": _drawn(shown[:DISTRIBUTION_LINES_SHOWN], made.currency),
        "has_more": len(shown) > DISTRIBUTION_LINES_SHOWN,
        "csv_url": reverse("studio-distribution-csv", args=[number, code]),
    }
    return render(request, "studio/distribution_member.html", context)


@require_GET
@members_only
def lines_csv(request: HttpRequest, number: int, code: str) -> StreamingHttpResponse:
    """The lines of one member, or all of them, as CSV."""
    made, lines, _party = _lines(request, number, code)
    response = StreamingHttpResponse(
        distribution_lines(made, lines.iterator(chunk_size=2_000)),
        content_type="text/csv; charset=utf-8",
    )
    name = f"distribution-{number}-{code}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(
    request: HttpRequest, number: int, code: str
) -> tuple[Distribution, DistributionLineQuerySet, Party | None]:
    """A distribution with the lines asked for, if the person may read them; 404 else."""
    person = person_of(request)
    made = get_object_or_404(Distribution.objects.select_related("society__party"), id=number)
    is_its_own = Party.objects.acted_for_by(user=person).contains(made.society.party)
    lines = DistributionLine.objects.of(distribution=made).select_related("work", "party")
    if code == ALL and is_its_own:
        return made, lines, None
    parties = Party.objects.all() if is_its_own else Party.objects.acted_for_by(user=person)
    party = get_object_or_404(parties, public_id=code)
    theirs = lines.to_party(party_id=party.pk)
    if not theirs.exists():
        raise Http404
    return made, theirs, party


def _drawn(lines: Iterable[DistributionLine], currency: str) -> list[dict[str, str]]:
    return [
        {
            "title": line.work.title,
            "territory": country_name(line.territory) if line.territory else "–",  # noqa: RUF001
            "year": str(line.used_at.year),
            "gross": exact_text(Money(line.gross_micro, currency)),
            "deduction": exact_text(Money(line.deduction_micro, currency)),
            "net": exact_text(Money(line.net_micro, currency)),
        }
        for line in lines
    ]
