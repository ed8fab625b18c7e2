"""What a parcel holds: its messages, the files they name, and what is wrong with a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ways.limits import MESSAGES_PER_BATCH_MAX
from pennywhistle.engines.ddex import (
    Finding,
    Manifest,
    MessageRefusedError,
    NewRelease,
    Severity,
    read_message,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pennywhistle.apps.intake.ways.names import ParcelName
    from pennywhistle.engines.ddex import Limits, Message
    from pennywhistle.engines.ddex.files import File, Hash

_XML = ".xml"
_MANIFEST = "batchcomplete_"
_MESSAGE_STEPS = 2
_SOURCE_CHARS_MAX = 300
RESOURCES = "resources/"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a parcel: the path of its document, and the id by which it is acknowledged.

    `findings` say why it is not taken at all.
    """

    path: str
    release_id: str
    hash: Hash | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def folder(self) -> str:
        """What the paths in the message are relative to: "" or with a slash at the end."""
        return self.path[: self.path.rfind("/") + 1]

    def source_name(self, parcel: str) -> str:
        """What its supplier calls it: where it lay."""
        return f"{parcel}/{self.path}"[-_SOURCE_CHARS_MAX:]


@dataclass(frozen=True, slots=True)
class Contents:
    """The messages of a parcel. With `is_refused` none of them is taken."""

    letters: tuple[Letter, ...]
    findings: tuple[Finding, ...] = ()
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that was read: what is needed of it for its order and its files."""

    letter: Letter
    message: Message | None
    """None: it cannot be read."""
    files: tuple[File, ...] = ()


def a_finding(code: str, value: str, sentence: str, cure: str) -> Finding:
    """An error of the choreography; `rule` is C."""
    return Finding(code, Severity.ERROR, "", value[:200], sentence, cure, "C")


def manifest_path(paths: Iterable[str]) -> str:
    """The file that says that a batch is complete; "" if there is none."""
    found = sorted(
        path
        for path in paths
        if "/" not in path and path.lower().startswith(_MANIFEST) and path.lower().endswith(_XML)
    )
    return found[0] if found else ""


def release_contents(name: ParcelName, paths: Iterable[str]) -> Contents | None:
    """The one message of a release's folder; None while there is none."""
    found = [path for path in paths if "/" not in path and path.lower().endswith(_XML)]
    if not found:
        return None
    named = [path for path in found if path[: -len(_XML)] == name.subject]
    if len(found) > 1 and len(named) != 1:
        said = (
            f"The folder holds {len(found)} messages; a release's folder holds one.",
            "Send each release in a folder of its own.",
        )
        return _refused(a_finding("messages-several", ", ".join(sorted(found)), *said))
    return Contents((Letter((named or found)[0], name.subject),))


def _refused(*findings: Finding) -> Contents:
    return Contents((), findings, is_refused=True)


def unlisted_batch(paths: Iterable[str]) -> Contents:
    """A batch that was completed by hand, with an empty file: everything that is in it."""
    letters = tuple(
        Letter(path, path.partition("/")[0]) for path in sorted(paths) if _is_message(path)
    )
    if not letters:
        said = ("There is no message in the batch.", "Send {ReleaseId}/{ReleaseId}.xml.")
        return _refused(a_finding("batch-empty", "", *said))
    if len(letters) > MESSAGES_PER_BATCH_MAX:
        return _too_many(len(letters))
    return Contents(letters)


def listed_batch(
    document: bytes, paths: Iterable[str], *, limits: Limits, takes_tests: bool
) -> Contents:
    """A batch as its manifest lists it; refused as a whole where the manifest cannot be right."""
    known = frozenset(paths)
    try:
        manifest = read_message(document, limits)
    except MessageRefusedError as error:
        return _refused(a_finding(error.code, "", error.sentence, error.cure))
    if not isinstance(manifest, Manifest):
        said = ("The file that completes the batch is no ManifestMessage.", "Send one.")
        return _refused(a_finding("not-a-manifest", "", *said))
    refusals = tuple(_refusals(manifest, takes_tests=takes_tests))
    if refusals:
        return _refused(*refusals)
    letters = tuple(_listed(manifest, known))
    listed = {letter.path for letter in letters}
    unlisted = [path for path in sorted(known) if _is_message(path) and path not in listed]
    warnings = tuple(_unlisted(path) for path in unlisted)
    return Contents(letters, warnings)


def _refusals(manifest: Manifest, *, takes_tests: bool) -> Iterator[Finding]:
    count = len(manifest.entries)
    if manifest.is_test and not takes_tests:
        yield a_finding(
            "test-message",
            "IsTestFlag",
            "The batch is a test, and this is a store for real.",
            "Send live messages, or send tests to a test store.",
        )
    if manifest.message_count != count:
        yield a_finding(
            "manifest-count",
            str(manifest.message_count),
            f"The manifest says {manifest.message_count} messages and lists {count}.",
            "Send the batch again with a manifest that lists all of it.",
        )
    if count > MESSAGES_PER_BATCH_MAX:
        yield from _too_many(count).findings


def _too_many(count: int) -> Contents:
    said = (
        f"The batch has {count:,} messages; {MESSAGES_PER_BATCH_MAX:,} is the most.",
        "Send several batches.",
    )
    return _refused(a_finding("batch-too-large", str(count), *said))


def _listed(manifest: Manifest, known: frozenset[str]) -> Iterator[Letter]:
    """Each entry once, with the document that its URL means."""
    seen: set[str] = set()
    for entry in manifest.entries:
        path = _path_of(entry.url, known)
        if not path:
            said = ("The manifest lists a message that is not in the batch.", "Send it again.")
            missing = a_finding("message-missing", entry.url, *said)
            path = entry.url.strip("/")[:900] or "?"
            yield Letter(_own(path, seen), _release_id(entry.url), None, (missing,))
        elif path not in seen:
            yield Letter(path, path.rpartition("/")[0].rpartition("/")[2] or path, entry.hash)
        seen.add(path)


def _own(path: str, seen: set[str]) -> str:
    return path if path not in seen else f"{path}#{len(seen)}"


def _path_of(url: str, known: frozenset[str]) -> str:
    """URLs are relative to the batch, to the server's root, or whole; the end of one decides."""
    plain = url.split("://", 1)[-1].replace("\\", "/")
    steps = [step for step in plain.split("/") if step not in {"", "."}]
    for start in range(len(steps)):
        path = "/".join(steps[start:])
        if path in known and path.lower().endswith(_XML):
            return path
    return ""


def _release_id(url: str) -> str:
    steps = [step for step in url.split("/") if step]
    return steps[-2][:200] if len(steps) >= _MESSAGE_STEPS else (url[:200] or "?")


def is_document(path: str) -> bool:
    """Whether this could be a message or a manifest; deeper ones are among the resources."""
    is_high = path.count("/") <= 1 and not path.startswith(RESOURCES)
    return is_high and path.lower().endswith(_XML)


def _is_message(path: str) -> bool:
    """{ReleaseId}/{anything}.xml of a batch."""
    return "/" in path and is_document(path)


def _unlisted(path: str) -> Finding:
    sentence = "The manifest does not list this message; it was not read."
    found = a_finding("message-not-listed", path, sentence, "List it, in a new batch.")
    return replace(found, severity=Severity.WARNING)


# --- files -------------------------------------------------------------------------------


def opened(letter: Letter, document: bytes, limits: Limits) -> Opened:
    """Read a message for its order and its files.

    What is heavy in it is let go: a batch may hold a thousand of them.
    """
    try:
        message = read_message(document, limits)
    except MessageRefusedError:
        return Opened(letter, None)
    if not isinstance(message, NewRelease):
        return Opened(letter, message)
    return Opened(letter, _lighter(message), tuple(files_of(message)))


def _lighter(message: NewRelease) -> NewRelease:
    """What is needed of a message for its order: a batch keeps a thousand of them at once.

    Whose release it is, and whether it ends all sales: one deal that does not is enough.
    """
    contents = message.contents
    selling = (deal for deal in contents.deals if not deal.closes)
    kept = next(selling, None) or next(iter(contents.deals), None)
    mains = tuple(release for release in contents.releases if release.is_main)
    lighter = replace(
        contents, resources=(), releases=mains, deals=(kept,) if kept is not None else ()
    )
    return replace(message, contents=lighter)


def files_of(message: NewRelease) -> Iterator[File]:
    """Every file that a message names, clips too; addresses elsewhere are never fetched."""
    for resource in message.contents.resources:
        for edition in resource.editions:
            for form in edition.delivered:
                clips = (file for clip in form.clips for file in clip.files)
                for file in (*form.files, *clips):
                    if file.name and not file.is_address:
                        yield file


def lying_at(name: str, folder: str, known: Mapping[str, object]) -> str:
    """Where a file that a message names lies in the parcel; "" if it is not there.

    Names are relative to the message; many senders leave out `resources/`. Only what was listed
    is ever found, so that a name cannot lead out of the parcel.
    """
    plain = name.replace("\\", "/").removeprefix("./").lstrip("/")
    last = plain.rpartition("/")[2]
    tried = (folder + plain, folder + RESOURCES + plain, folder + RESOURCES + last)
    return next((path for path in tried if path in known), "")
