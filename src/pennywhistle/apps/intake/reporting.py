"""Writes the report of a delivery whose files are all checked; makes its covers on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.checks import check
from pennywhistle.apps.intake.extras import Candidate, plan_extras
from pennywhistle.apps.intake.folder import cover_rank
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.naming import read_path
from pennywhistle.apps.intake.planning import CheckedFile, Context, group, plan
from pennywhistle.apps.intake.report import Finding, PlannedRelease, Report
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.media import work as media
from pennywhistle.engines.audio import Examination

if TYPE_CHECKING:
    from collections.abc import Sequence

_COVERS_TRIED_MAX = 5


def write_report(delivery: Delivery) -> Report:
    """What a delivery would be published as, covers included, and everything that was found."""
    supplement = Supplement.from_json(delivery.options)
    context = Context(
        delivery.supplier.name, delivery.source_name, delivery.created_at.date(), supplement
    )
    files = list(delivery.files.all())
    checked = [
        CheckedFile(file.path, file.sha256, Examination.from_json(file.examination))
        for file in files
        if file.kind == DeliveryFile.Kind.AUDIO and file.state == DeliveryFile.State.GOOD
    ]
    groups = group(checked, supplement)
    releases: list[PlannedRelease] = []
    findings: list[Finding] = []
    for index, members in enumerate(groups):
        planned = plan(members, context)
        findings += check(index, planned, members)
        covered, found = _cover(planned, files, index=index)
        releases.append(covered)
        findings += found
    releases, found = _with_extras(releases, files)
    findings += found
    findings += _of_files(files, releases)
    return Report(tuple(releases), tuple(sorted(findings, key=_gravity)))


def _gravity(finding: Finding) -> int:
    return ("error", "warning", "note").index(finding.level)


def _of_files(files: Sequence[DeliveryFile], releases: Sequence[PlannedRelease]) -> list[Finding]:
    """What was refused or not read; a refused file keeps the release of its folder back."""
    findings = []
    for file in files:
        if file.kind == DeliveryFile.Kind.EXTRA:
            continue
        if file.state == DeliveryFile.State.REFUSED:
            findings += _refused(file, releases)
        elif file.kind == DeliveryFile.Kind.OTHER:
            seen = f"{file.path} is neither audio nor picture, PDF or text. It was not read."
            findings.append(Finding("note", "not-read", file.path, seen, ""))
    if not any(file.kind == DeliveryFile.Kind.AUDIO for file in files):
        seen = "There is no audio in this delivery."
        todo = "Deliver FLAC, WAV, AIFF, ALAC, MP3, AAC or Ogg files."
        findings.append(Finding("error", "no-audio", "", seen, todo))
    return findings


def _refused(file: DeliveryFile, releases: Sequence[PlannedRelease]) -> list[Finding]:
    if file.kind != DeliveryFile.Kind.AUDIO:
        return [
            Finding(
                "warning",
                f"cover-{file.refusal_code}",
                file.path,
                file.refusal_sentence,
                "Deliver a JPEG or PNG of at most 20 MB.",
            )
        ]
    folder = read_path(file.path).folder
    of: list[int | None] = [
        index for index, release in enumerate(releases) if release.folder == folder
    ]
    todo = "Export the file again, and deliver the folder anew."
    return [
        Finding("error", file.refusal_code, file.path, file.refusal_sentence, todo, index)
        for index in (of or [None])
    ]


def _cover(
    planned: PlannedRelease, files: Sequence[DeliveryFile], *, index: int
) -> tuple[PlannedRelease, list[Finding]]:
    """The release with the first picture that can be used, or with a drawn one."""
    findings = []
    for path, sha256 in _pictures(planned, files):
        try:
            cover = media.make_cover(sha256)
        except media.FileRefusedError as refusal:
            todo = "Deliver a square JPEG or PNG of 1400 to 6000 pixels a side."
            code = f"cover-{refusal.code}"
            findings.append(Finding("warning", code, path, refusal.sentence, todo, index))
            continue
        return replace(planned, cover=cover, has_own_cover=True), findings
    drawn = media.make_placeholder(f"{planned.artist_line}\n{planned.title}")
    seen = "There is no cover that can be used. The store has drawn one."
    todo = "Put a square cover.jpg of 1400 to 6000 pixels a side beside the files."
    findings.append(Finding("warning", "cover-missing", "", seen, todo, index))
    return replace(planned, cover=drawn), findings


def _with_extras(
    releases: Sequence[PlannedRelease], files: Sequence[DeliveryFile]
) -> tuple[list[PlannedRelease], list[Finding]]:
    """The releases with what comes with each; a file that could be of several is of none."""
    of_release: dict[int, list[Candidate]] = {}
    findings = []
    for file in files:
        if not _may_come_with(file, releases):
            continue
        owners = _owners(file.path, releases)
        if len(owners) == 1:
            of_release.setdefault(owners[0], []).append(Candidate(file))
            continue
        seen = f"{file.path} lies with no release, or with several. It comes with none."
        todo = "Put it into the folder of its release."
        findings.append(Finding("note", "extra-of-none", file.path, seen, todo))
    completed = list(releases)
    for index, candidates in of_release.items():
        extras, refused = plan_extras(candidates)
        completed[index] = replace(completed[index], extras=extras or None)
        findings += [
            Finding("warning", each.code, each.path, each.seen, each.todo, index)
            for each in refused
        ]
    return completed, findings


def _may_come_with(file: DeliveryFile, releases: Sequence[PlannedRelease]) -> bool:
    """Documents, also those that were too large; pictures that are no release's cover."""
    if file.kind == DeliveryFile.Kind.PICTURE:
        covers = {release.cover.sha256 for release in releases if release.cover}
        return bool(file.sha256) and file.sha256 not in covers
    return file.kind == DeliveryFile.Kind.EXTRA


def _owners(path: str, releases: Sequence[PlannedRelease]) -> list[int]:
    """Those of the nearest folder upwards that is a release's; the only one, wherever it lies."""
    if len(releases) == 1:
        return [0]
    folder = path.rpartition("/")[0]
    while True:
        found = [at for at, release in enumerate(releases) if release.folder == folder]
        if found or not folder:
            return found
        folder = folder.rpartition("/")[0]


def _pictures(planned: PlannedRelease, files: Sequence[DeliveryFile]) -> list[tuple[str, str]]:
    """Pictures of the release's folder by their names, then those that its tracks carry."""
    beside = [
        file
        for file in files
        if file.kind == DeliveryFile.Kind.PICTURE
        and file.sha256
        and read_path(file.path).folder == planned.folder
    ]
    beside.sort(key=lambda file: (cover_rank(file.path), file.path))
    carried = {file.path: file.cover_sha256 for file in files if file.cover_sha256}
    within = {carried[t.path]: t.path for t in reversed(planned.tracks) if t.path in carried}
    pairs = [(file.path, file.sha256) for file in beside]
    pairs += [(path, sha256) for sha256, path in reversed(within.items())]
    return list(dict.fromkeys(pairs))[:_COVERS_TRIED_MAX]
