"""`pennywhistle watch`: run by cron, says nothing while all is well, and speaks when it is not."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from pennywhistle.engines.tlog.announced import AnnouncedLeaf, is_announced
from pennywhistle.engines.tlog.audit_state import AuditStateInvalidError
from pennywhistle.engines.tlog.records import RecordInvalidError
from pennywhistle.interfaces.console.audit import FAILED, UNREADABLE, read_policy, source_of
from pennywhistle.interfaces.console.kept_files import write_whole
from pennywhistle.interfaces.console.log_audit import LogAuditor, believed_of
from pennywhistle.interfaces.console.log_source import POLICY, PinnedSource, SourceError
from pennywhistle.interfaces.console.payee_audit import check_statements, read_statement
from pennywhistle.interfaces.console.watched_terms import read_agreed, watched_terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.engines.tlog.checks import Check
    from pennywhistle.interfaces.console.log_audit import Believed
    from pennywhistle.interfaces.console.log_source import Source

CHANGED = 3
_KNOWN = "announced.json"
_STATE = "audit.json"
_WORDS = {"C": "the terms of", "T": "the statement", "O": "the payout"}
_HOUR_S = 3_600
_QUIET_HOURS = 7 * 24
_KNOWN_BYTES_MAX = 16 * 1024 * 1024
errors = Console(stderr=True, soft_wrap=True, highlight=False)


@dataclass
class Watched:
    """Subjects that are watched, and what the log announced of each: entry and digest, in a row."""

    subjects: frozenset[str]
    file: Path
    known: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    # What nobody was told yet, by entry; kept until then, should this run be cut off.
    news: list[tuple[int, str]] = field(default_factory=list)
    # How large the log was when it last grew, and when that was (POSIX seconds).
    size: int = 0
    grew_at_s: int = 0
    # Of which subjects everything is known, from entry 0 on.
    since_ever: frozenset[str] = frozenset()

    def add(self, index: int, data: bytes) -> None:
        """Take the next record of the log."""
        if not is_announced(data):
            return
        try:
            leaf = AnnouncedLeaf.decode(data)
        except RecordInvalidError:
            return
        if not self._is_watched(leaf.subject):
            return
        seen = self.known.setdefault(f"{leaf.kind} {leaf.subject}", [])
        digest = leaf.digest.hex()
        if seen and (index <= seen[-1][0] or digest == seen[-1][1]):
            return
        again = " anew" if seen else ""
        text = f"Entry {index} announces {_WORDS[leaf.kind]} {leaf.subject}{again}: {digest}"
        self.news.append((index, text))
        seen.append((index, digest))

    def restart(self, index: int) -> None:
        """Forget what was said from there on: it is read anew."""
        self.news = [each for each in self.news if each[0] < index]
        self.known = {
            name: [each for each in seen if each[0] < index] for name, seen in self.known.items()
        }

    def remember(self) -> None:
        """Keep what was seen, and what is still to be told."""
        document = {
            "known": self.known,
            "untold": self.news,
            "size": self.size,
            "grewAt": self.grew_at_s,
            "subjects": sorted(self.since_ever),
        }
        write_whole(self.file, json.dumps(document, indent=1).encode())

    def stands_still_s(self, size: int, *, now_s: int) -> int:
        """Seconds since the log was first seen as large as it is."""
        if size != self.size or not self.grew_at_s:
            self.size, self.grew_at_s = size, now_s
        return now_s - self.grew_at_s

    @classmethod
    def load(cls, file: Path, subjects: frozenset[str]) -> Watched:
        """What an earlier run kept. Raises SourceError."""
        if not file.exists():
            return cls(subjects, file)
        with file.open("rb") as opened:
            data = opened.read(_KNOWN_BYTES_MAX)
        try:
            found: Any = json.loads(data)
            known = {
                str(name): [_announced(each) for each in seen]
                for name, seen in found["known"].items()
            }
            news = [_announced(each) for each in found["untold"]]
            size, grew_at_s = int(found.get("size", 0)), int(found.get("grewAt", 0))
            since_ever = frozenset(str(each) for each in found.get("subjects", []))
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            raise SourceError(f"{file} is not what the watch wrote.") from error
        return cls(subjects, file, known, news, size, grew_at_s, since_ever)

    def _is_watched(self, subject: str) -> bool:
        """By its own name, or by what stands before the slash: `account-7` watches all of it."""
        return subject in self.subjects or subject.partition("/")[0] in self.subjects


def _announced(kept: object) -> tuple[int, str]:
    """An entry and what it said; what an earlier version kept has no entry."""
    if isinstance(kept, str):
        return -1, kept
    if not isinstance(kept, list):
        raise TypeError
    index, text = kept
    return int(index), str(text)


def watch(  # noqa: PLR0913 (a command's options)
    log: Annotated[str, typer.Option("--log", help="As https://store.example/log, or a mirror.")],
    folder: Annotated[Path, typer.Option("--state", help="Keeps what was seen. On a disk.")],
    *,
    subject: Annotated[
        list[str] | None,
        typer.Option(help="Tell when the log announces it: release-12, account-7."),
    ] = None,
    statements: Annotated[
        Path | None,
        typer.Option(help="A folder of your statements (JSON); all are audited each time."),
    ] = None,
    terms: Annotated[
        list[Path] | None,
        typer.Option(help="A receipt with terms that you agreed to: alarm at any others."),
    ] = None,
    quiet_hours: Annotated[
        int,
        typer.Option(
            min=0, help="Alarm if nothing new came for so long: an old copy, or no sales. 0: never."
        ),
    ] = _QUIET_HOURS,
    key: Annotated[list[str] | None, typer.Option(help="The log's public key.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Keys, and witnesses it must have.")] = None,
) -> None:
    """Look at a log once: 0 all is well, 1 something is wrong, 2 not reached, 3 something is new.

    It writes on stderr only what somebody should read, one line each: cron mails that.
    """
    exit_code = 0
    try:
        agreed = [read_agreed(file) for file in terms or []]
        subjects = {*(subject or []), *(each.subject for each in agreed)}
        watched = Watched.load(folder / _KNOWN, frozenset(subjects))
        with closing(PinnedSource(source_of(log))) as source:
            believed = _believed(source, folder, key or [], policy)
            # Told at once: whatever becomes of the statements mutes none of it.
            alarms = _look(source, believed, folder, watched)
            alarms += watched_terms(agreed, watched.known)
            alarms += _too_quiet(watched, quiet_hours)
            exit_code = _tell(log, alarms, watched)
            files = sorted(statements.glob("*.json")) if statements else []
            for sentence in _of_statements(files, source, believed):
                errors.print(Text(f"{log}: {sentence}"))
                exit_code = FAILED
    except (SourceError, AuditStateInvalidError) as error:
        errors.print(Text(f"{log}: {error}"))
        raise typer.Exit(FAILED if exit_code == FAILED else UNREADABLE) from error
    raise typer.Exit(exit_code)


def _tell(log: str, alarms: list[str], watched: Watched) -> int:
    """Print what is wrong and what is new, forget the news, and answer the exit code."""
    for sentence in (*alarms, *(text for _, text in watched.news)):
        errors.print(Text(f"{log}: {sentence}"))
    has_news = bool(watched.news)
    watched.news.clear()
    watched.remember()
    return FAILED if alarms else CHANGED if has_news else 0


def _believed(source: Source, folder: Path, keys: list[str], policy: Path | None) -> Believed:
    """The keys given, or those of the first look: a store cannot change its key unseen."""
    kept = folder / POLICY
    given = read_policy(kept if policy is None and not keys and kept.is_file() else policy)
    believed = believed_of(source, keys=keys, policy=given)
    if believed.came_along:
        write_whole(kept, source.policy())
    return believed


def _look(source: Source, believed: Believed, folder: Path, watched: Watched) -> list[str]:
    """What is wrong with the log, a sentence each; what is new is noted in `watched`."""
    added = watched.subjects - watched.since_ever
    if added and (folder / _STATE).exists():
        # Whoever begins to watch something later learns what was announced of it before.
        before = Watched(frozenset(added), watched.file)
        LogAuditor(source, believed, None, record=before.add, restart=before.restart).run()
        watched.known |= before.known
        watched.news += before.news
    watched.since_ever |= watched.subjects
    # What was seen is kept before the audit keeps that it has read so far.
    audited = LogAuditor(
        source,
        believed,
        folder / _STATE,
        record=watched.add,
        restart=watched.restart,
        settle=watched.remember,
    ).run()
    watched.stands_still_s(audited.head.size if audited.head else 0, now_s=int(time.time()))
    alarms = [check.sentence for check in audited.checks if check.passed is False]
    if audited.evidence is not None:
        alarms.append(f"Both signed heads are kept as evidence in {audited.evidence}")
    return alarms


def _too_quiet(watched: Watched, quiet_hours: int) -> list[str]:
    still_s = watched.stands_still_s(watched.size, now_s=int(time.time()))
    if not quiet_hours or still_s < quiet_hours * _HOUR_S:
        return []
    hours = still_s // _HOUR_S
    sentence = (
        f"Nothing new came for {hours} hours: the log has {watched.size} entries still."
        " Either nothing happens at the store, or this is an old copy."
    )
    return [sentence]


def _of_statements(files: list[Path], source: Source, believed: Believed) -> Iterator[str]:
    """What is wrong with statements, each by itself and then all of them in the log.

    One that cannot be read is an alarm like others. Raises SourceError where the log cannot be
    read, after the alarms that need no log.
    """
    verdicts = []
    for file in files:
        try:
            verdict = read_statement(file, believed)
        except SourceError as error:
            yield str(error)
            continue
        verdicts.append(verdict)
        yield from (f"{file.name}: {each.sentence}" for each in verdict.checks if _is_wrong(each))
    if not verdicts:
        return
    verdicts.sort(key=lambda each: each.page_numbers)
    together = check_statements(
        [verdict.statement for verdict in verdicts], source=source, believed=believed
    )
    yield from (each.sentence for each in together if _is_wrong(each))


def _is_wrong(check: Check) -> bool:
    # None is what cannot be told yet.
    return check.passed is False
