"""The files of a message's plan: which came, whether they are whole, what was heard in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ern.extras import HeardExtras
from pennywhistle.apps.intake.ern.notes import stop
from pennywhistle.apps.intake.extras import Candidate, plan_extras
from pennywhistle.apps.intake.folder import delivered_path
from pennywhistle.apps.intake.models import DeliveryFile
from pennywhistle.apps.media import work as media
from pennywhistle.apps.media.folders import COVERS, MASTERS
from pennywhistle.engines.audio import Examination
from pennywhistle.engines.audio.judgement.limits import duration_tolerance_s
from pennywhistle.engines.ddex import Finding, Severity
from pennywhistle.engines.ddex.digests import UnknownAlgorithmError, agrees, digester
from pennywhistle.machine.storage.folder import chunks_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pennywhistle.apps.intake.ern.planning import Part, Plan
    from pennywhistle.apps.intake.models import Delivery
    from pennywhistle.apps.media.work import CoverFiles
    from pennywhistle.engines.ddex.files import File
    from pennywhistle.machine.storage import Folder

_COVERS_TRIED_MAX = 5
FILE_MISSING = "file-missing"
_CURE = "Send the release again with the file, with a new MessageId and the present time."


@dataclass(frozen=True, slots=True)
class Heard:
    """A plan with what its files are.

    `parts` carry path and sound of their file where one came; `files` are the rows of these, by
    path. `lacking` says of a part why its file cannot be used, or that none came: then only a
    recording that is known already will do. `cover` None: no picture that can be used came.
    """

    parts: tuple[Part, ...]
    files: Mapping[str, DeliveryFile]
    lacking: Mapping[str, Finding]
    cover: CoverFiles | None
    findings: tuple[Finding, ...]
    extras: HeardExtras


def hear_plan(plan: Plan, delivery: Delivery | None) -> Heard:
    """Match a plan with the checked files of its delivery."""
    rows = {row.path: row for row in delivery.files.all()} if delivery else {}
    parts: list[Part] = []
    files: dict[str, DeliveryFile] = {}
    lacking: dict[str, Finding] = {}
    longer: list[Finding] = []
    named = {_path(file) for part in plan.parts for file in part.files}
    for part in plan.parts:
        found = _file_of(part, rows, named)
        if isinstance(found, DeliveryFile):
            files[found.path] = found
            parts.append(_with_sound(part, found))
            longer.extend(_longer(part, parts[-1]))
        else:
            parts.append(part)
            lacking[part.reference] = found
    cover, findings = _cover(plan.covers, rows)
    extras, wrong = _extras(plan, rows, cover.sha256 if cover else "")
    told = (*longer, *findings, *wrong)
    return Heard(tuple(parts), files, lacking, cover, told, extras)


def _extras(
    plan: Plan, rows: Mapping[str, DeliveryFile], cover_sha256: str
) -> tuple[HeardExtras, list[Finding]]:
    """What comes with the release: of files that came and are right; the others are awaited."""
    candidates, awaited, findings = [], [], []
    for promised in plan.extras:
        came = next(
            ((file, row) for file in promised.files if (row := _row_of(file, rows)) is not None),
            None,
        )
        if came is None:
            awaited += [_path(file) for file in promised.files[:1]]
            continue
        file, row = came
        wrong = _not_an_extra(file, row)
        if wrong is not None:
            findings.append(wrong)
        elif row.sha256 != cover_sha256 or not row.sha256:
            candidates.append(Candidate(row, promised.kind, promised.title))
    planned, refused = plan_extras(candidates)
    findings += [_warned(each.code, each.seen, each.todo, each.path) for each in refused]
    return HeardExtras(planned, tuple(awaited)), findings


def _not_an_extra(file: File, row: DeliveryFile) -> Finding | None:
    if row.kind not in {DeliveryFile.Kind.PICTURE, DeliveryFile.Kind.EXTRA}:
        seen = f"{row.path} is no PDF, JPEG, PNG or text."
        return _warned("extra-unknown-document", seen, "Send one of these.", row.path)
    if not row.sha256:
        return None
    is_picture = row.kind == DeliveryFile.Kind.PICTURE
    return _wrong_hash(file, row, COVERS if is_picture else MASTERS)


def _warned(code: str, sentence: str, cure: str, path: str) -> Finding:
    return Finding(code, Severity.WARNING, "", path[:200], sentence, cure)


def _file_of(
    part: Part, rows: Mapping[str, DeliveryFile], named: Collection[str]
) -> DeliveryFile | Finding:
    """The first of the part's files that came and is good, or what is wrong."""
    title = part.planned.title
    if not part.files:
        sentence = f"No file comes with “{title}”, and no recording with its identifiers is known."
        return stop(FILE_MISSING, sentence, _CURE, value=part.reference)
    came = [(file, row) for file in part.files if (row := _row_of(file, rows, named)) is not None]
    if not came:
        name = part.files[0].name
        return stop(FILE_MISSING, f"The file {name} did not come.", _CURE, value=name)
    file, row = came[0]
    if row.kind != DeliveryFile.Kind.AUDIO:
        return stop("file-not-audio", f"{row.path} is no audio.", _CURE, value=row.path)
    if row.state != DeliveryFile.State.GOOD:
        return stop(
            row.refusal_code or "file-refused",
            row.refusal_sentence or f"{row.path} cannot be used.",
            _CURE,
            value=row.path,
        )
    return _wrong_hash(file, row, MASTERS) or row


def _row_of(
    file: File, rows: Mapping[str, DeliveryFile], named: Collection[str] = ()
) -> DeliveryFile | None:
    """The delivered file of this name; by its last part where only one is called so.

    What another file of the message names in full is that one's.
    """
    path = _path(file)
    if path in rows:
        return rows[path]
    name = path.rpartition("/")[2]
    alike = [
        row
        for known, row in rows.items()
        if known.rpartition("/")[2] == name and known not in named
    ]
    return alike[0] if len(alike) == 1 else None


def _path(file: File) -> str:
    return delivered_path(file.name.removeprefix("./").lstrip("/"))


def _wrong_hash(file: File, row: DeliveryFile, folder: Folder) -> Finding | None:
    """What to say where the content is not that which the message means."""
    if file.hash is None or not file.hash.value:
        return None
    try:
        digest = digester(file.hash)
    except UnknownAlgorithmError as unknown:
        # What is not understood is not passed over: the file could be another.
        return stop("hash-unknown", str(unknown), "Send a SHA-256.", value=row.path)
    with folder.open(row.sha256) as content:
        for chunk in chunks_of(content):
            digest.update(chunk)
    if agrees(file.hash, digest.digest()):
        return None
    sentence = f"{row.path} has another hash than the message says."
    return stop("hash-wrong", sentence, _CURE, value=row.path)


def _with_sound(part: Part, row: DeliveryFile) -> Part:
    examination = Examination.from_json(row.examination)
    return replace(
        part,
        planned=replace(
            part.planned,
            path=row.path,
            sha256=row.sha256,
            duration_ms=examination.duration_ms,
            codec=examination.codec,
            is_lossless=examination.lossless,
        ),
    )


def _longer(said: Part, heard: Part) -> list[Finding]:
    """A warning where the message gives the recording another length than its file has."""
    stated_ms, heard_ms = said.planned.duration_ms, heard.planned.duration_ms
    if not stated_ms or abs(heard_ms - stated_ms) <= duration_tolerance_s * 1000:
        return []
    sentence = (
        f"{heard.planned.path} plays for {heard_ms / 1000:.1f} seconds; the message says "
        f"{stated_ms / 1000:.1f}."
    )
    cure = "Look whether it is the right file, or correct the Duration in the message."
    return [
        Finding("duration-differs", Severity.WARNING, "", heard.planned.path[:200], sentence, cure)
    ]


def _cover(
    pictures: Sequence[File], rows: Mapping[str, DeliveryFile]
) -> tuple[CoverFiles | None, list[Finding]]:
    """The first picture that can be used; what is wrong with those before it."""
    findings: list[Finding] = []
    for file, row in _usable(pictures, rows):
        wrong = _wrong_hash(file, row, COVERS)
        if wrong is not None:
            findings.append(wrong)
            continue
        try:
            return media.make_cover(row.sha256), findings
        except media.FileRefusedError as refusal:
            cure = "Deliver a square JPEG or PNG of 1400 to 6000 pixels a side."
            code = f"cover-{refusal.code}"[:40]
            findings.append(stop(code, refusal.sentence, cure, value=row.path))
    return None, findings


def _usable(
    pictures: Iterable[File], rows: Mapping[str, DeliveryFile]
) -> list[tuple[File, DeliveryFile]]:
    came = [(file, row) for file in pictures if (row := _row_of(file, rows)) is not None]
    return [
        (file, row) for file, row in came if row.kind == DeliveryFile.Kind.PICTURE and row.sha256
    ][:_COVERS_TRIED_MAX]
