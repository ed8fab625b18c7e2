"""Looks for what a PDF would do by itself (ISO 32000-1, section 12.6), without drawing it.

A booklet is read; it needs no scripts, starts no programs, sends no forms, and holds no further
files. What says that it does is refused, and so is what cannot be looked into. This is no proof
that a file is harmless: it keeps out what announces itself, and readers are still handed the file
as a download that no page of the store ever shows.
"""

import re
import zlib
from collections.abc import Iterator

from pennywhistle.engines.documents.errors import DocumentRefusedError

# All object streams of a file together; their content is text and small beside its pictures.
inflated_bytes_max = 64 << 20
_end_bytes = 2_048
_delimiter = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|$)"
# Long enough not to turn up by chance in compressed pictures, so they are looked for everywhere.
_names = (
    *(b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"EmbeddedFiles", b"EmbeddedFile"),
    *(b"RichMedia", b"Rendition", b"GoToR", b"GoToE"),
)
_active = re.compile(rb"/(" + b"|".join(_names) + rb")" + _delimiter)
# Short ones mean something outside of streams only.
_active_short = re.compile(rb"/(JS|AA|XFA)" + _delimiter)
_encrypted = re.compile(rb"/Encrypt" + _delimiter)
_opening = re.compile(rb"/OpenAction" + _delimiter)
_escaped_name = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*#[^\x00\t\n\f\r ()<>\[\]{}/%]*")
_escape = re.compile(rb"#([0-9A-Fa-f]{2})")
_stream = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_object_stream = re.compile(rb"/ObjStm" + _delimiter)
_destination = re.compile(rb"\s*(?:\[|<<[^<>]*/S\s*/GoTo" + _delimiter + rb")")
_reference = re.compile(rb"\s*([0-9]{1,9})\s+([0-9]{1,5})\s+R" + _delimiter)


def check_pdf(data: bytes) -> None:
    """Look through a PDF; time and memory are bounded by the sandbox that this runs in.

    Raises:
        DocumentRefusedError: it is cut off, is closed to us, or would do something by itself.
    """
    if b"%%EOF" not in data[-_end_bytes:]:
        raise DocumentRefusedError("incomplete-document", "The PDF has no end: it was cut off.")
    plain = _without_escapes(data)
    if _encrypted.search(plain):
        raise DocumentRefusedError(
            "closed-document", "The PDF is encrypted, so that nobody can look what it holds."
        )
    inner = b"\n".join(_inflated(plain, data))
    outside = b"\n".join(_outside_of_streams(plain))
    for found in (
        _active.search(plain),
        _active.search(inner),
        _active_short.search(outside),
        _active_short.search(inner),
    ):
        if found:
            raise _refused(found[1])
    for text in (plain, inner):
        for opening in _opening.finditer(text):
            if not _goes_to_a_page(text, opening.end(), plain):
                raise _refused(b"OpenAction")


def _refused(name: bytes) -> DocumentRefusedError:
    told = name.decode("ascii")
    return DocumentRefusedError(
        "active-document",
        f"The PDF would do something by itself ({told}); a booklet only lies there.",
    )


def _without_escapes(data: bytes) -> bytes:
    """The file with names as readers understand them: `/J#53` is `/JS` (section 7.3.5).

    Of the same length, so that places stay what they are.
    """

    def plain(name: re.Match[bytes]) -> bytes:
        read = _escape.sub(lambda code: bytes([int(code[1], 16)]), name[0])
        return read.ljust(len(name[0]))

    return _escaped_name.sub(plain, data)


def _outside_of_streams(data: bytes) -> Iterator[bytes]:
    """What stands between the streams; a stream ends where the file says `endstream`."""
    place = 0
    while begins := _stream.search(data, place):
        yield data[place : begins.start()]
        place = data.find(b"endstream", begins.end())
        if place < 0:
            return
    yield data[place:]


def _inflated(plain: bytes, data: bytes) -> Iterator[bytes]:
    """The contents of all object streams (section 7.5.7), in which objects can hide."""
    left, met = inflated_bytes_max, 0
    for begins in _stream.finditer(plain):
        head = plain[max(plain.rfind(b"obj", 0, begins.start()), 0) : begins.start()]
        named = len(_object_stream.findall(head))
        if not named:
            continue
        met += named
        content = _content(head, data, begins.end(), left)
        left -= len(content)
        yield content
    if met != len(_object_stream.findall(plain)):
        raise _unreadable()


def _content(head: bytes, data: bytes, place: int, bytes_max: int) -> bytes:
    end = data.find(b"endstream", place)
    raw = data[place : end if end >= 0 else len(data)]
    if b"/Filter" not in head:
        content = raw
    elif b"/FlateDecode" not in head or head.count(b"Decode") > 1 or b"/Predictor" in head:
        # Of several filters each could bring the names out of sight, and so do predictors.
        raise _unreadable()
    else:
        inflater = zlib.decompressobj()
        try:
            content = inflater.decompress(raw, bytes_max + 1)
        except zlib.error as error:
            raise _unreadable() from error
    if len(content) > bytes_max:
        raise _unreadable()
    return _without_escapes(content)


def _unreadable() -> DocumentRefusedError:
    return DocumentRefusedError(
        "closed-document", "The PDF is packed so that nobody can look what it holds."
    )


def _goes_to_a_page(text: bytes, place: int, whole: bytes) -> bool:
    """Whether what happens on opening is that a page is shown, directly or by reference."""
    if _destination.match(text, place):
        return True
    reference = _reference.match(text, place)
    if reference is None:
        return False
    number, generation = reference[1], reference[2]
    begins = re.compile(rb"(?<![0-9])" + number + rb"\s+" + generation + rb"\s+obj(?![A-Za-z])")
    named = [match.end() for match in begins.finditer(whole)]
    return bool(named) and all(_destination.match(whole, end) for end in named)
