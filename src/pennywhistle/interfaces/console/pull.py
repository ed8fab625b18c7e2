"""`pennywhistle pull`: brings what somebody owns at a store to a folder of their own."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from pennywhistle.interfaces.console.pull_folder import PullFolder, UnsafePathError, sha256_of
from pennywhistle.interfaces.console.pull_remote import CutOffError, PullError, Remote, TooFarError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.interfaces.console.pull_remote import RemoteFile

PARALLEL = 2
INCOMPLETE, UNUSABLE = 1, 2
_ATTEMPTS_MAX = 6
_PAUSE_S = 2.0
_INDEX_EVERY_S = 5.0
console = Console()


class Outcome(StrEnum):
    """What became of a file."""

    BROUGHT = "new"
    THERE = "there already"
    KEPT = "left as they are, since you changed or put them there"
    FAILED = "failed"


def pull(
    address: Annotated[str, typer.Argument(help="The store, as https://records.example")],
    folder: Annotated[Path, typer.Argument(help="Where your music is to lie.")],
    *,
    token: Annotated[
        str, typer.Option(envvar="PULL_TOKEN", help="From your account, Programs and devices.")
    ],
    form: Annotated[
        str,
        typer.Option("--format", help="As mp3-v0 or flac; else your account's usual format."),
    ] = "",
) -> None:
    """Bring what you own at a store to a folder; again, only what is new.

    Cut off, it goes on where it was. Nothing is deleted, and no file that you changed is replaced.
    """
    try:
        remote, here = Remote(address, token), PullFolder(folder)
        files = list(remote.files(form))
    except (PullError, OSError) as error:
        console.print(Text(str(error), "bold red"))
        raise typer.Exit(UNUSABLE) from None
    outcomes = _bring_all(remote, here, files)
    for outcome in Outcome:
        if outcomes[outcome]:
            console.print(f"{outcomes[outcome]} {outcome}", highlight=False)
    if outcomes[Outcome.FAILED]:
        raise typer.Exit(INCOMPLETE)


def _bring_all(remote: Remote, here: PullFolder, files: list[RemoteFile]) -> Counter[Outcome]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    outcomes: Counter[Outcome] = Counter()
    with (
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ThreadPoolExecutor(PARALLEL) as workers,
    ):
        task = progress.add_task("Files", total=len(files))

        def tell(file: RemoteFile, words: str) -> None:
            progress.console.print(Text(f"{'/'.join(file.path)}: {words}"), soft_wrap=True)

        written_s = time.monotonic()
        try:
            for outcome in workers.map(lambda file: _settle(remote, here, file, tell), files):
                outcomes[outcome] += 1
                progress.advance(task)
                if time.monotonic() - written_s >= _INDEX_EVERY_S:
                    here.write_index()
                    written_s = time.monotonic()
        finally:
            # On the way out by Ctrl+C too; files not begun are not begun any more.
            workers.shutdown(wait=True, cancel_futures=True)
            here.write_index()
    return outcomes


def _settle(
    remote: Remote, here: PullFolder, file: RemoteFile, tell: Callable[[RemoteFile, str], None]
) -> Outcome:
    """Bring one file, if it must be; a failure is told, and is no other file's."""
    try:
        if here.has(file):
            return Outcome.THERE
        if here.is_somebody_elses(file):
            return Outcome.THERE if here.adopt(file, file.sha256) else Outcome.KEPT
        _bring(remote, here, file)
    except (PullError, UnsafePathError, OSError) as error:
        tell(file, str(error))
        return Outcome.FAILED
    tell(file, "ok")
    return Outcome.BROUGHT


def _bring(remote: Remote, here: PullFolder, file: RemoteFile) -> None:
    """Fetch a file to its end, however often the connection breaks, and check its SHA-256.

    Raises PullError, UnsafePathError, OSError.
    """
    for attempt in range(_ATTEMPTS_MAX):
        try:
            _fetch(remote, file, here.part(file))
            break
        except CutOffError:
            if attempt + 1 == _ATTEMPTS_MAX:
                raise
            time.sleep(_PAUSE_S * attempt)
    part = here.part(file)
    found, wanted = sha256_of(part), file.sha256 or remote.sha256_of(file)
    if found != wanted:
        part.unlink()
        raise PullError(
            "What came is not what was sent: its SHA-256 differs."
            if wanted
            else "The store does not say its SHA-256; nothing is kept unchecked."
        )
    here.keep(file, found)


def _fetch(remote: Remote, file: RemoteFile, part: Path) -> None:
    start = part.stat().st_size if part.exists() else 0
    if start and file.size_bytes is not None and start >= file.size_bytes:
        if start == file.size_bytes:
            return
        part.unlink()
        start = 0
    try:
        with (
            remote.open(file, start=start) as opened,
            part.open("ab" if opened.begins_at else "wb") as written,
        ):
            for piece in opened.pieces:
                written.write(piece)
    except TooFarError as error:
        # Complete, or longer than it may be: which of them, fetching it anew tells.
        part.unlink()
        raise CutOffError(str(error)) from error
