"""The documents on file: the newest, adding one, and downloading one."""

from __future__ import annotations

from mimetypes import guess_extension
from typing import TYPE_CHECKING

from django import forms
from django.http import FileResponse, Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.rights.actions import record_evidence
from pennywhistle.apps.rights.documents import document, newest_documents
from pennywhistle.interfaces.common.format import size_text
from pennywhistle.interfaces.office.limits import DOCUMENTS_SHOWN_MAX
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.staff import operator_of, staff_only
from pennywhistle.interfaces.office.tables import Cell, Row, Table, document_cell
from pennywhistle.interfaces.office.words import instant_text
from pennywhistle.kernel.file_name import safe_file_name

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.rights.models import Evidence


class FileForm(forms.Form):
    """A document with its title."""

    title = forms.CharField(label=_("Title"), max_length=300)
    document = forms.FileField(label=_("Document"), help_text=_("Up to 64 MiB."))


@staff_only
@require_GET
def document_list(request: HttpRequest) -> HttpResponse:
    """The documents that were recorded last."""
    table = Table(
        title=gettext("The newest documents"),
        headings=(gettext("Title"), gettext("Size"), gettext("By"), "SHA-256"),
        rows=tuple(
            Row(
                (
                    document_cell(each),
                    Cell(size_text(each.size_bytes), is_number=True),
                    Cell(str(each.recorded_by or gettext("a message"))),
                    Cell(each.sha256[:16]),
                ),
                recorded=instant_text(each.recorded_at),
            )
            for each in newest_documents(most=DOCUMENTS_SHOWN_MAX)
        ),
        empty=gettext("No document is on file."),
        new=Cell(gettext("File a document"), reverse("office-document-new")),
    )
    return render(request, "office/documents.html", {"table": table})


@staff_only
@require_http_methods(["GET", "POST"])
def document_new(request: HttpRequest) -> HttpResponse:
    """Put a document on file; the same one again is the one that is there."""
    form = FileForm(*posted(request))

    def record() -> None:
        uploaded = form.cleaned_data["document"]
        record_evidence(
            title=form.cleaned_data["title"],
            media_type=uploaded.content_type or "application/octet-stream",
            chunks=uploaded.chunks(),
            now=timezone.now(),
            user_id=operator_of(request).pk,
        )

    page = FormPage(
        title=gettext("File a document"),
        intro=gettext("It is kept byte for byte under its SHA-256, and never removed."),
        submit=gettext("File it"),
        done=gettext("The document is on file."),
        back=reverse("office-documents"),
        back_label=gettext("Documents"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_GET
def document_file(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """A document as it was handed in, to be saved and never shown: it came from a stranger."""
    del request
    found = document(sha256=sha256)
    if found is None:
        raise Http404
    evidence, file = found
    response = FileResponse(
        file,
        as_attachment=True,
        filename=_file_name(evidence),
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _file_name(evidence: Evidence) -> str:
    """The title, with an ending by which the file is opened."""
    ending = guess_extension(evidence.media_type) or ""
    name = evidence.title.removesuffix(ending)
    return safe_file_name(f"{name}{ending}")
