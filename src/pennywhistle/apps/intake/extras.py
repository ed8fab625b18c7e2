"""Which delivered files come with a release, under which names; what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Extra
from pennywhistle.apps.intake.limits import EXTRAS_PER_RELEASE_MAX
from pennywhistle.apps.intake.models import DeliveryFile
from pennywhistle.apps.intake.naming import shown
from pennywhistle.apps.intake.report import PlannedExtra
from pennywhistle.apps.media import extras as media
from pennywhistle.apps.media.work import FileRefusedError
from pennywhistle.kernel.file_name import safe_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_STEM_BYTES_MAX = 80
_TITLE_CHARS_MAX = 500
# What else lies beside the tracks.
_TAKEN = ("cover.jpg", "receipt-pending.txt")
_ORDER = [Extra.Kind.BOOKLET, Extra.Kind.BACK, Extra.Kind.PICTURE, Extra.Kind.TEXT]
_WRITTEN = (Extra.Kind.BOOKLET, Extra.Kind.TEXT)
_CURES = {
    "active-document": "Export the PDF again without scripts, forms, attachments and actions.",
    "closed-document": "Export the PDF again without encryption, in an ordinary way.",
    "text-not-utf8": "Save the text as UTF-8.",
    "too-large": "Export it smaller.",
}
_CURE = "Deliver a PDF, a JPEG, a PNG or a text in UTF-8."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivered file that may come with a release; what is empty is taken from the file."""

    row: DeliveryFile
    kind: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that does not come with the release, and why."""

    code: str
    path: str
    seen: str
    todo: str


def plan_extras(candidates: Sequence[Candidate]) -> tuple[tuple[PlannedExtra, ...], list[Refused]]:
    """Look at each file in the sandbox; those that can be handed on, in the order of a shelf."""
    found: list[tuple[Candidate, media.ExtraFile]] = []
    refused: list[Refused] = []
    for candidate in candidates[:EXTRAS_PER_RELEASE_MAX]:
        row = candidate.row
        if row.state == DeliveryFile.State.REFUSED:
            refused.append(_refused(row, row.refusal_code, row.refusal_sentence))
            continue
        try:
            found.append((candidate, _examined(row)))
        except FileRefusedError as refusal:
            refused.append(_refused(row, refusal.code, refusal.sentence))
    for candidate in candidates[EXTRAS_PER_RELEASE_MAX:]:
        seen = f"More than {EXTRAS_PER_RELEASE_MAX} files come with the release."
        refused.append(_refused(candidate.row, "too-many", seen))
    return tuple(_named(found)), refused


def _examined(row: DeliveryFile) -> media.ExtraFile:
    if row.kind == DeliveryFile.Kind.PICTURE:
        return media.examine_picture(row.sha256)
    return media.examine_extra(row.sha256)


def _refused(row: DeliveryFile, code: str, sentence: str) -> Refused:
    return Refused(f"extra-{code}"[:40], row.path, sentence, _CURES.get(code, _CURE))


def _named(found: Iterable[tuple[Candidate, media.ExtraFile]]) -> Iterator[PlannedExtra]:
    """Booklets first; each under a name that no other file of the release has."""
    taken = set(_TAKEN)
    kinds = [(_kind(candidate, file), candidate, file) for candidate, file in found]
    for kind, candidate, file in sorted(kinds, key=lambda e: (_ORDER.index(e[0]), e[1].row.path)):
        stem = _stem(candidate.row.path)
        name = _free_name(stem, media.EXTENSIONS[file.mime_type], taken)
        taken.add(name.casefold())
        yield PlannedExtra(
            path=candidate.row.path,
            kind=kind.value,
            title=(candidate.title or shown(stem) or name)[:_TITLE_CHARS_MAX],
            name=name,
            mime_type=file.mime_type,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            crc32=file.crc32,
        )


def _kind(candidate: Candidate, file: media.ExtraFile) -> Extra.Kind:
    """What it was said to be, where its content can be that."""
    is_picture = file.mime_type.startswith("image/")
    possible = (Extra.Kind.BACK, Extra.Kind.PICTURE) if is_picture else _WRITTEN
    said = next((kind for kind in possible if kind.value == candidate.kind), None)
    if said is not None:
        return said
    if is_picture:
        words = _stem(candidate.row.path).casefold()
        return Extra.Kind.BACK if "back" in words else Extra.Kind.PICTURE
    return Extra.Kind.TEXT if file.mime_type == "text/plain" else Extra.Kind.BOOKLET


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _free_name(stem: str, extension: str, taken: set[str]) -> str:
    """`Booklet.pdf`; `Booklet 2.pdf` for another one of that name."""
    for number in range(1, len(taken) + 2):
        end = f" {number}" if number > 1 else ""
        name = f"{safe_file_name(stem, length_max=_STEM_BYTES_MAX)}{end}.{extension}"
        if name.casefold() not in taken:
            return name
    raise AssertionError("there are more names than names that are taken")
