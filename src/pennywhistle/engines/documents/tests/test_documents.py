"""A booklet lies there; what would do something by itself, or hides that, is refused."""

from __future__ import annotations

import io
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.documents import (
    PDF,
    TEXT,
    DocumentRefusedError,
    examine_document,
    read_examined,
)
from pennywhistle.engines.documents.pdf import inflated_bytes_max
from pennywhistle.engines.documents.tests.pdfs import a_pdf, packed, stream


def examined(content: bytes) -> str:
    """The media type, as it comes out of the sandbox."""
    answer = examine_document(io.BytesIO(content), io.BytesIO())
    return read_examined(json.loads(json.dumps(answer)))


def refusal(content: bytes) -> str:
    """The code with which a document is refused."""
    with pytest.raises(DocumentRefusedError) as caught:
        examined(content)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(),
        a_pdf(catalog=b"/OpenAction [3 0 R /FitH null]"),
        a_pdf(catalog=b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
        a_pdf(b"[3 0 R /Fit]", catalog=b"/OpenAction 4 0 R"),
        # A link that a reader has to press.
        a_pdf(b"<< /Subtype /Link /A << /S /URI /URI (https://example.org) >> >>"),
        a_pdf(packed(b"<< /Type /Font /BaseFont /ABCDEF+Tin#20Whistle >>")),
        # What looks like a name by chance, in a compressed picture.
        a_pdf(stream(b"/Subtype /Image", b"\x00/JS /AA \xff")),
    ],
)
def test_a_booklet_that_only_lies_there_is_taken(content: bytes) -> None:
    assert examined(content) == PDF


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"),
        a_pdf(b"<< /S /Launch /F (cmd.exe) >>"),
        a_pdf(b"<< /S/Launch/Win<</F(calc.exe)>>>>"),
        a_pdf(b"<< /S /SubmitForm /F (https://example.org) >>"),
        a_pdf(catalog=b"/Names << /EmbeddedFiles 4 0 R >>"),
        a_pdf(catalog=b"/AA << /O << /S /URI /URI (https://example.org) >> >>"),
        a_pdf(catalog=b"/AcroForm << /XFA 4 0 R >>"),
        # Names may be written in numbers (section 7.3.5).
        a_pdf(b"<< /S /Java#53cript /J#53 (app.alert(1)) >>"),
        a_pdf(b"<< /S /#4c#61unch /F (cmd.exe) >>"),
        # Opening it would ask somebody's server.
        a_pdf(catalog=b"/OpenAction << /S /URI /URI (https://example.org) >>"),
        a_pdf(b"<< /S /URI /URI (https://example.org) >>", catalog=b"/OpenAction 4 0 R"),
        a_pdf(catalog=b"/OpenAction 99 0 R"),
        a_pdf(packed(b"<< /S /JavaScript /JS (app.alert(1)) >>")),
        a_pdf(packed(b"<< /S /J#61vaScript >>")),
        a_pdf(packed(b"<< /AA 7 0 R >>")),
    ],
)
def test_what_would_do_something_by_itself_is_refused(content: bytes) -> None:
    assert refusal(content) == "active-document"


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(trailer=b"/Encrypt 4 0 R"),
        a_pdf(trailer=b"/#45ncrypt 4 0 R"),
        a_pdf(packed(b"", head=b"/Filter [/ASCIIHexDecode /FlateDecode]")),
        a_pdf(packed(b"", head=b"/Filter /LZWDecode")),
        a_pdf(packed(b"", head=b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>")),
        a_pdf(stream(b"/Type /ObjStm /Filter /FlateDecode", b"no deflate")),
        # One that no stream follows: readers that mend broken files might find one all the same.
        a_pdf(b"<< /Type /ObjStm >>"),
        a_pdf(packed(bytes(inflated_bytes_max + 1))),
    ],
)
def test_what_cannot_be_looked_into_is_refused(content: bytes) -> None:
    assert refusal(content) == "closed-document"


def test_a_pdf_that_was_cut_off_is_refused() -> None:
    assert refusal(a_pdf()[:-20]) == "incomplete-document"


def test_a_text_is_utf_8_without_control_characters() -> None:
    assert examined("Liner notes\r\n\tby Ada Çelik\f\u2029".encode()) == TEXT
    assert examined("\ufeffWords".encode()) == TEXT
    assert refusal("Café".encode("latin-1")) == "text-not-utf8"
    assert refusal("Notes".encode("utf-16")) in {"unknown-document", "text-not-utf8"}
    assert refusal(b"a" * 2_000_001) == "unknown-document"


@pytest.mark.parametrize("start", [b"MZ\x90\x00", b"\x7fELF\x01", b"PK\x03\x04", b"GIF89a\x00"])
def test_other_files_are_no_documents_whatever_they_are_called(start: bytes) -> None:
    assert refusal(start + bytes(range(256))) == "unknown-document"


@given(st.binary(max_size=2_000))
def test_any_bytes_are_taken_or_refused(content: bytes) -> None:
    for head in (b"", b"%PDF-1.4\n"):
        try:
            examined(head + content + b"\n%%EOF")
        except DocumentRefusedError:
            continue


def test_pictures_by_the_megabyte_are_no_reason_to_refuse() -> None:
    noise = random.Random(7).randbytes(8 << 20)  # noqa: S311

    assert examined(a_pdf(stream(b"/Subtype /Image /Filter /DCTDecode", noise))) == PDF


def test_an_answer_of_a_child_that_was_taken_over_is_no_type() -> None:
    for answer in (None, [], {}, {"mime_type": "text/html"}, {"mime_type": 7}):
        with pytest.raises(ValueError, match="document"):
            read_examined(answer)
    with pytest.raises(DocumentRefusedError):
        read_examined({"refused": {"code": ["x"], "sentence": None}})


def test_what_is_packed_twice_is_refused() -> None:
    hidden = zlib.compress(zlib.compress(b"9 0 << /S /JavaScript >>"))
    head = b"/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode]"

    assert refusal(a_pdf(stream(head, hidden))) == "closed-document"
