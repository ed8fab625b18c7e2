"""A delivered file's page: what was heard in it, what it means, and the supplier's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.intake.doubts.actions import TEXT_CHARS_MAX, DoubtError, answer_doubt
from pennywhistle.apps.intake.doubts.queries import COPY, UPHELD
from pennywhistle.apps.intake.doubts.showing import case_of
from pennywhistle.apps.intake.models import DeliveryFile
from pennywhistle.apps.media.evidence import album_of, heard_all
from pennywhistle.apps.rights.actions import RegisterError, record_evidence
from pennywhistle.interfaces.common.found import drawn, facts_of, spectrum_of
from pennywhistle.interfaces.common.judgement_words import level_text, words_of
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.intake.advance import Advance
    from pennywhistle.apps.intake.doubts.showing import FileCase, FileLine
    from pennywhistle.apps.intake.models import Doubt
    from pennywhistle.apps.intake.report import PlannedRelease, Report
    from pennywhistle.apps.media.evidence import Heard
    from pennywhistle.apps.rights.models import Evidence

_STATES = {
    DeliveryFile.State.WAITING: _("Not heard yet"),
    DeliveryFile.State.GOOD: _("Heard"),
    DeliveryFile.State.REFUSED: _("Refused"),
}


class AnswerForm(forms.Form):
    """What the supplier says to a finding, with a document if there is one."""

    doubt = forms.CharField(max_length=12, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your answer"),
        max_length=TEXT_CHARS_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How the track was made, or why the finding is wrong. The store reads it."),
    )
    document = forms.FileField(
        label=_("A document"),
        required=False,
        help_text=_("Such as a picture of the session; up to 64 MiB. It is kept unchanged."),
    )


def advance_text(advance: Advance) -> str:
    """How many tracks of a release stand how."""
    parts = [
        gettext("%(done)s of %(total)s heard") % {"done": advance.done, "total": advance.total}
    ]
    parts += [
        text % {"count": count}
        for text, count in (
            (gettext("%(count)s passed"), advance.passed),
            (gettext("%(count)s held back"), advance.held),
            (gettext("%(count)s refused"), advance.refused),
            (gettext("%(count)s being heard"), advance.hearing),
        )
        if count
    ]
    return ", ".join(parts)


def file_row(line: FileLine) -> dict[str, Any]:
    """A file of a delivery with its state and what was found, for the delivery's page."""
    found = list(dict.fromkeys(words_of(each.code).title for each in line.found))
    found += [words_of(COPY).title] if any(each.code == COPY for each in line.holds) else []
    return {
        "line": line,
        "state_text": gettext("Being heard now")
        if line.is_being_heard
        else _STATES.get(DeliveryFile.State(line.state), ""),
        "is_heard": line.state == DeliveryFile.State.GOOD,
        "found": found,
        "is_refused": any(each.state == UPHELD for each in line.holds),
    }


def album_texts(report: Report) -> list[str]:
    """How loud each planned release is as one piece; empty where not all of it was judged.

    In one query for all of them.
    """
    heard = heard_all(track.sha256 for release in report.releases for track in release.tracks)
    return [_album_text(release, heard) for release in report.releases]


def _album_text(release: PlannedRelease, heard: Mapping[str, Heard]) -> str:
    contents = {track.sha256 for track in release.tracks}
    if not contents or not contents <= heard.keys():
        return ""
    album = album_of(heard[sha256] for sha256 in contents)
    return gettext("%(loudness)s, true peak %(peak)s") % {
        "loudness": level_text(album.loudness.integrated_lufs, "LUFS"),
        "peak": level_text(album.true_peak_dbtp, "dBTP"),
    }


@require_http_methods(["GET", "POST"])
@members_only
def file(request: HttpRequest, public_id: str, file_id: int) -> HttpResponse:
    """What was found in one file; an answer to a serious finding goes to the operator."""
    case = case_of(user=person_of(request), delivery=public_id, file_id=file_id)
    if case is None:
        raise Http404
    if request.method == "GET":
        return _page(request, case, None, 200)
    form = AnswerForm(request.POST, request.FILES)
    doubts = {each.public_id: each for each in case.doubts.values()}
    doubt = doubts.get(request.POST.get("doubt", ""))
    if doubt is None:
        raise Http404
    if not form.is_valid():
        return _page(request, case, form, 400)
    try:
        answer_doubt(
            doubt_id=doubt.pk,
            text=form.cleaned_data["text"],
            user_id=person_of(request).pk,
            now=timezone.now(),
            evidence=_kept(request, form),
        )
    except (DoubtError, RegisterError, TooLargeError) as error:
        form.add_error(None, str(error))
        return _page(request, case, form, 409)
    messages.success(request, gettext("The store has your answer, and decides."))
    return redirect("studio-file", public_id, file_id)


def _kept(request: HttpRequest, form: AnswerForm) -> Evidence | None:
    uploaded = form.cleaned_data["document"]
    if uploaded is None:
        return None
    return record_evidence(
        title=uploaded.name or "",
        media_type=uploaded.content_type or "application/octet-stream",
        chunks=uploaded.chunks(),
        now=timezone.now(),
        user_id=person_of(request).pk,
    )


def _page(
    request: HttpRequest, case: FileCase, form: AnswerForm | None, status: int
) -> HttpResponse:
    heard = case.heard
    sent = form.data.get("doubt") if form is not None else ""
    context = {
        "file": case.file,
        "delivery": case.file.delivery,
        "message": getattr(case.file.delivery, "message", None),
        "state_text": _STATES.get(DeliveryFile.State(case.file.state), ""),
        "facts": facts_of(heard) if heard else [],
        "spectrum": spectrum_of(heard) if heard else None,
        "is_copy": any(each.code == COPY for each in case.holds),
        "copy": words_of(COPY),
        "found": [
            {
                "drawn": drawn(each, heard),
                "doubt": (doubt := case.doubts.get(each.code)),
                "state_text": state_text(doubt) if doubt else "",
                "form": _form_of(doubt, form if doubt and doubt.public_id == sent else None),
            }
            for each in (heard.judgement.findings if heard else ())
        ],
    }
    return render(request, "studio/file.html", context, status=status)


def _form_of(doubt: Doubt | None, sent: AnswerForm | None) -> AnswerForm | None:
    """The form under a finding; none where nothing waits for an answer."""
    if doubt is None or doubt.closed_at is not None:
        return None
    return sent or AnswerForm(
        initial={"doubt": doubt.public_id}, auto_id=f"id-{doubt.public_id}-%s"
    )


def state_text(doubt: Doubt) -> str:
    """How a doubt stands, by what was said last."""
    words = list(doubt.words.all())
    if not words:
        return gettext("Waits for your answer, or the store's decision.")
    if words[-1].kind == words[-1].Kind.ANSWER:
        return gettext("Answered. The store decides.")
    return gettext("Decided.")
