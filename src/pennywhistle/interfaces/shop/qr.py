"""Addresses as QR codes, to take them from paper to a phone."""

from __future__ import annotations

from io import BytesIO

import qrcode  # type: ignore[import-untyped]
import qrcode.image.svg  # type: ignore[import-untyped]
from django.http import HttpResponse


def qr_code(address: str) -> HttpResponse:
    """The address as a picture."""
    picture = BytesIO()
    qrcode.make(address, image_factory=qrcode.image.svg.SvgPathFillImage).save(picture)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")
