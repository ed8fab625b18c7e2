"""Small PDFs for tests, with whatever a test wants in them."""

from __future__ import annotations

import zlib


def a_pdf(*objects: bytes, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of one empty page; `objects` are further ones, from number 4 on."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    ]
    content = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    for number, body in enumerate(bodies, start=1):
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return content + b"trailer << /Root 1 0 R " + trailer + b" >>\nstartxref\n0\n%%EOF\n"


def stream(head: bytes, content: bytes) -> bytes:
    """A stream object."""
    length = b" /Length %d >>" % len(content)
    return b"<< " + head + length + b"\nstream\n" + content + b"\nendstream"


def packed(content: bytes, *, head: bytes = b"/Filter /FlateDecode") -> bytes:
    """An object stream of deflated objects (ISO 32000-1, section 7.5.7)."""
    return stream(b"/Type /ObjStm /N 1 /First 4 " + head, zlib.compress(b"9 0 " + content))
