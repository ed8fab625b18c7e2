"""Uploads of deliveries by suppliers' programs; open to the world, and to nobody without a key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from pennywhistle.apps.intake.models import Mailbox
from pennywhistle.apps.intake.ways import uploads
from pennywhistle.apps.intake.ways.keys import key_of
from pennywhistle.apps.intake.ways.looks import ask_for_look
from pennywhistle.apps.intake.ways.room import Piece
from pennywhistle.apps.intake.ways.upload_errors import (
    NotThereError,
    UploadError,
    WrongOffsetError,
)
from pennywhistle.apps.intake.ways.written import acknowledgement, acknowledgements, fate_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

    from pennywhistle.apps.intake.ways.uploads import Sent, Upload

COMPLETE = "complete"
_CHUNK_BYTES = 1 << 20
_RANGE = re.compile(r"bytes (?P<first>\d{1,18})-(?P<last>\d{1,18})/(?P<total>\d{1,18})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LENGTH = re.compile(r"\d{1,18}")


class RequestError(UploadError):
    """The request does not say what it has to."""

    def __init__(self, code: str, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status


def _with_a_key(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Find the supplier's upload mailbox by the key; every refusal is JSON with code, sentence."""

    def keyed(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        try:
            return view(request, _mailbox_of(request), *args, **kwargs)
        except UploadError as error:
            return _refusal(error)

    # Nothing here can be done with a cookie, so that no other site can have it done.
    return login_not_required(csrf_exempt(never_cache(keyed)))


def _mailbox_of(request: HttpRequest) -> Mailbox:
    key = key_of(request.headers.get("Authorization", ""), now=now())
    if key is None:
        raise RequestError("no-key", "Send a valid key: Authorization: Bearer ….", 401)
    found = Mailbox.objects.open().filter(supplier_id=key.supplier_id, kind=Mailbox.Kind.UPLOAD)
    mailbox = found.first()
    if mailbox is None:
        raise RequestError("no-mailbox", "No mailbox for uploads is open for you.", 404)
    return mailbox


@_with_a_key
def delivery(request: HttpRequest, mailbox: Mailbox, parcel: str) -> HttpResponse:
    """GET: what is here of a delivery, and what became of it."""
    if request.method not in {"GET", "HEAD"}:
        raise RequestError("method", "Ask with GET.", 405)
    upload = uploads.upload_of(mailbox, parcel)
    files = uploads.files_of(upload)
    row = upload.parcel
    if not files and row is None:
        raise NotThereError(f"There is no delivery {parcel}.")
    return JsonResponse(_state(upload, files) | fate_of(row))


@_with_a_key
def delivery_file(request: HttpRequest, mailbox: Mailbox, parcel: str, path: str) -> HttpResponse:
    """PUT: send a file or a piece of one; HEAD: how much of it is here; POST complete."""
    upload = uploads.upload_of(mailbox, parcel)
    if request.method == "PUT":
        piece = _piece(request)
        sent = uploads.put(upload, path, piece, _chunks(request))
        return _told(sent, 201 if sent.is_complete else 202)
    if request.method in {"GET", "HEAD"}:
        sent = uploads.how_far(upload, path)
        return _told(sent, 200)
    if request.method == "POST" and path == COMPLETE:
        uploads.complete(upload)
        ask_for_look(mailbox_id=mailbox.pk)
        return JsonResponse(_state(upload, uploads.files_of(upload)) | fate_of(upload.parcel))
    raise RequestError("method", "Send files with PUT, and POST …/complete at the end.", 405)


@_with_a_key
def acknowledgement_list(request: HttpRequest, mailbox: Mailbox) -> HttpResponse:
    """GET: the names of the acknowledgements, the newest first."""
    if request.method not in {"GET", "HEAD"}:
        raise RequestError("method", "Ask with GET.", 405)
    return JsonResponse({"acknowledgements": acknowledgements(mailbox)})


@_with_a_key
def acknowledgement_file(request: HttpRequest, mailbox: Mailbox, name: str) -> HttpResponse:
    """GET: one acknowledgement, in DDEX's form."""
    if request.method not in {"GET", "HEAD"}:
        raise RequestError("method", "Ask with GET.", 405)
    document = acknowledgement(mailbox, name)
    if document is None:
        raise NotThereError(f"There is no acknowledgement {name}.")
    return HttpResponse(document, content_type="application/xml; charset=utf-8")


def _piece(request: HttpRequest) -> Piece:
    """What the headers say; curl's -C - writes the same Content-Range."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not _LENGTH.fullmatch(length):
        raise RequestError("length-missing", "Say how long it is: Content-Length.", 411)
    sha256 = request.headers.get("Content-SHA256", "").strip().lower()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise RequestError("sha256-form", "Content-SHA256 has 64 hexadecimal digits.", 400)
    size_bytes = int(length)
    written = request.headers.get("Content-Range", "").strip()
    if not written:
        return Piece(0, size_bytes, size_bytes, sha256)
    found = _RANGE.fullmatch(written)
    if found is None:
        raise RequestError("range-form", "Write Content-Range: bytes 0-499/1000.", 400)
    first, last, total = (int(found[name]) for name in ("first", "last", "total"))
    if last - first + 1 != size_bytes or last >= total:
        raise RequestError("range-form", "Content-Range and Content-Length disagree.", 400)
    return Piece(first, size_bytes, total, sha256)


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK_BYTES):
        yield chunk


def _told(sent: Sent, status: int) -> HttpResponse:
    told = {"offset": sent.offset, "is_complete": sent.is_complete}
    response = JsonResponse(told, status=status)
    response["Upload-Offset"] = str(sent.offset)
    return response


def _state(upload: Upload, files: list[Sent]) -> dict[str, Any]:
    return {
        "delivery": upload.name.text,
        "is_complete": upload.is_complete,
        "files": [
            {"path": file.path, "offset": file.offset, "is_complete": file.is_complete}
            for file in files
        ],
    }


def _refusal(error: UploadError) -> HttpResponse:
    told: dict[str, Any] = {"code": error.code, "sentence": str(error)}
    if isinstance(error, WrongOffsetError):
        told["offset"] = error.offset
    response = JsonResponse(told, status=error.status)
    if isinstance(error, WrongOffsetError):
        response["Upload-Offset"] = str(error.offset)
    if error.status == 401:  # noqa: PLR2004 (RFC 9110, section 15.5.2)
        response["WWW-Authenticate"] = "Bearer"
    return response
