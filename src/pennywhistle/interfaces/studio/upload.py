"""Uploading files and folders."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.intake.actions import start_upload
from pennywhistle.apps.intake.queries import deliveries
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.parties.models import Party
from pennywhistle.interfaces.common.format import size_text
from pennywhistle.interfaces.studio.limits import DELIVERIES_SHOWN_MAX, UPLOAD_FILES_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.interfaces.studio.receiving import UploadHandler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.uploadedfile import TemporaryUploadedFile
    from django.http import HttpRequest, HttpResponse, HttpResponseBase

_GROUPINGS = [
    ("folder", _("one release from each folder")),
    ("album", _("one release from each album tag")),
]
_PATHS_LENGTH_MAX = 500_000


class SeveralFilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Several files; empty ones are taken, since the report says of each what is wrong."""

    widget = SeveralFilesInput

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(allow_empty_file=True, **options)

    def clean(self, data: Any, initial: Any = None) -> list[TemporaryUploadedFile]:  # noqa: ANN401
        """Each by itself."""
        files = data if isinstance(data, list) and data else [data or None]
        return [
            cast("TemporaryUploadedFile", super(SeveralFilesField, self).clean(f, initial))
            for f in files
        ]


class UploadForm(forms.Form):
    """What is uploaded, and for whom."""

    supplier = forms.ChoiceField(label=_("For"))
    music = SeveralFilesField(label=_("Music and cover"))
    title = forms.CharField(
        label=_("Called"),
        max_length=200,
        required=False,
        help_text=_("What the release is called where the files carry no album tag."),
    )
    grouping = forms.ChoiceField(label=_("The store makes"), choices=_GROUPINGS, initial="folder")
    # Filled by app.js: each file's path in the dropped folder, which browsers do not send.
    paths = forms.CharField(
        required=False,
        max_length=_PATHS_LENGTH_MAX,
        widget=forms.HiddenInput(attrs={"data-drop-paths": ""}),
    )

    def __init__(self, *args: Any, parties: Sequence[Party], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["supplier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(party.public_id, party.name) for party in parties]
        if len(parties) == 1:
            field.widget = forms.HiddenInput()
            self.initial.setdefault("supplier", parties[0].public_id)
        self.fields["music"].help_text = gettext(
            "FLAC, WAV, AIFF or ALAC; MP3, AAC, Ogg and Opus are sold too, marked as lossy. "
            "Up to %(count)d files, %(file)s each, %(all)s together."
        ) % {
            "count": UPLOAD_FILES_MAX,
            "file": size_text(settings.MASTER_FILE_BYTES_MAX),
            "all": size_text(settings.UPLOAD_BYTES_MAX),
        }

    def clean(self) -> dict[str, Any]:
        """Two files of one name can be told apart only by their folders."""
        cleaned = super().clean() or {}
        if "music" in cleaned:
            names = self.named(cleaned)
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                self.add_error(
                    "music",
                    gettext("Two files are called “%(name)s”. Drop their folder, or rename one.")
                    % {"name": twice[0]},
                )
        return cleaned

    @staticmethod
    def named(cleaned: dict[str, Any]) -> list[str]:
        """Each file's path in its folder where the browser told it, else its name."""
        names = [str(file.name) for file in cleaned["music"]]
        try:
            paths = json.loads(cleaned.get("paths") or "[]")
        except ValueError:
            return names
        # A list that does not fit the files file by file says nothing about any of them.
        is_told = isinstance(paths, list) and [_last(path) for path in paths] == names
        return [str(path).lstrip("/") for path in paths] if is_told else names


def _last(path: object) -> str:
    return PurePosixPath(path).name if isinstance(path, str) else ""


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponseBase:
    """Set what takes the files before anything reads the request; its check comes after."""
    handler = UploadHandler(request)
    if request.method == "POST":
        request.upload_handlers = [handler]
    return _upload(request, handler)


@csrf_protect
@require_http_methods(["GET", "POST"])
@members_only
def _upload(request: HttpRequest, handler: UploadHandler) -> HttpResponse:
    """Choose files, and have them checked; publishing is asked for on the report's page."""
    parties = list(Party.objects.acted_for_by(user=person_of(request)).order_by("name", "id"))
    if request.method == "GET":
        return _page(request, UploadForm(parties=parties))
    form = UploadForm(request.POST, request.FILES, parties=parties)
    if handler.refusal:
        form.is_valid()
        form.add_error(None, handler.refusal)
        return _page(request, form, status=413)
    supplier = next((p for p in parties if p.public_id == request.POST.get("supplier")), None)
    if supplier is None:
        raise Http404
    if not form.is_valid():
        return _page(request, form, status=400)
    names = form.named(form.cleaned_data)
    files = [Path(file.temporary_file_path()) for file in form.cleaned_data["music"]]
    delivery = start_upload(
        supplier_id=supplier.pk,
        source_name=form.cleaned_data["title"] or _source_name(names),
        files=list(zip(names, files, strict=True)),
        supplement=Supplement(grouping=form.cleaned_data["grouping"]),
        now=timezone.now(),
    )
    return redirect("studio-delivery", delivery.public_id)


def _source_name(names: Sequence[str]) -> str:
    """The folder that all files lie in, or the first file and how many others."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    if len(tops) == 1 and all("/" in name for name in names):
        return tops.pop()
    if len(names) == 1:
        return PurePosixPath(names[0]).stem
    first = PurePosixPath(names[0]).stem
    return gettext("%(name)s and %(count)d more") % {"name": first, "count": len(names) - 1}


def _page(request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "action": reverse("studio-upload"),
        "deliveries": deliveries(user=person_of(request), count_max=DELIVERIES_SHOWN_MAX),
    }
    return render(request, "studio/upload.html", context, status=status)
