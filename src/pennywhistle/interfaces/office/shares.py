"""Recording shares of works and recordings, and deciding about one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.interfaces.office.catalog_forms import LINES_PREFIX, ShareLines, SharesForm
from pennywhistle.interfaces.office.fields import DocumentForm
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_VERBS = {
    "confirm": (actions.confirm_share, _("Confirm"), _("The store takes it as proven.")),
    "dispute": (
        actions.dispute_share,
        _("Dispute"),
        _("Somebody denies it. It counts on until it is decided."),
    ),
    "revoke": (
        actions.revoke_share,
        _("Revoke"),
        _("Who claimed it does not stand by it any more, and it counts no more."),
    ),
}


@staff_only
@require_http_methods(["GET", "POST"])
def work_shares(request: HttpRequest, work_id: int) -> HttpResponse:
    """Record who says that they own which part of a work."""
    work = get_object_or_404(Work, id=work_id)
    back = reverse("office-work", args=[work.pk])
    return _shares(request, actions.Subject(work_id=work.pk), title=work.title, back=back)


@staff_only
@require_http_methods(["GET", "POST"])
def recording_shares(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Record who says that they own which part of a recording."""
    recording = get_object_or_404(Recording, id=recording_id)
    back = reverse("office-recording", args=[recording.pk])
    subject = actions.Subject(recording_id=recording.pk)
    return _shares(request, subject, title=recording.title, back=back)


def _shares(
    request: HttpRequest, subject: actions.Subject, *, title: str, back: str
) -> HttpResponse:
    is_work = subject.work_id is not None
    form = SharesForm(*posted(request), is_work=is_work)
    lines = ShareLines(*posted(request), prefix=LINES_PREFIX, form_kwargs={"is_work": is_work})

    def record() -> None:
        now = timezone.now()
        actions.record_shares(
            subject=subject,
            claims=form.claims(lines),
            now=now,
            evidence_id=form.evidence_id(user_id=operator_of(request).pk, now=now),
        )

    page = FormPage(
        title=gettext("Shares of %(title)s") % {"title": title},
        intro=gettext(
            "What others claim stays beside it. More than 100 % holds only the contested part."
        ),
        submit=gettext("Record these shares"),
        done=gettext("The shares are on record."),
        back=back,
        back_label=title,
        lines_label=gettext("Who owns which part"),
    )
    return record_page(request, page, form, record, lines)


@staff_only
@require_http_methods(["GET", "POST"])
def share_decide(request: HttpRequest, row_id: int, verb: str) -> HttpResponse:
    """Confirm, dispute or revoke a share, with the document that shows it."""
    if verb not in _VERBS:
        raise Http404
    share = get_object_or_404(
        OwnershipShare.objects.select_related("party", "work", "recording"), id=row_id
    )
    decide, label, intro = _VERBS[verb]
    subject = share.work or share.recording
    assert subject is not None
    name = "office-work" if share.work is not None else "office-recording"
    form = DocumentForm(*posted(request))

    def record() -> None:
        now = timezone.now()
        evidence_id = form.evidence_id(user_id=operator_of(request).pk, now=now)
        decide(share_id=row_id, now=now, evidence_id=evidence_id)

    page = FormPage(
        title=gettext("%(verb)s: %(party)s in %(title)s")
        % {"verb": label, "party": share.party.name, "title": subject.title},
        intro=str(intro),
        submit=str(label),
        done=gettext("It is on record."),
        back=reverse(name, args=[subject.pk]),
        back_label=subject.title,
    )
    return record_page(request, page, form, record)
