"""Read every page of a running server as it lies on the disk, and compare it with its checksum.

`pg_basebackup` does that: a page in memory is not trusted, and indexes are read like tables. It
reads for nobody (`read_all`), or for a copy (`copy_all`), which is kept only if all was right.
Not covered by checksums: the log of changes (it has its own), and which transactions committed.
"""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pennywhistle.machine.postgres import command
from pennywhistle.machine.postgres.errors import PagesUnreadError
from pennywhistle.machine.postgres.installation import Installation

TIMEOUT_S = 12 * 3600
# Of a file the server names five; of all of them nobody reads more.
BAD_PAGES_MAX = 200
_LAST_WORDS_MAX = 500
_BAD = re.compile(
    r'checksum (?:verification failed )?in file "(?:\./)?(?P<file>[^"]+)", block (?P<block>\d+)'
)
_UNREADABLE = re.compile(r'could not (?:read|open|seek in) file "(?:\./)?(?P<file>[^"]+)"')


@dataclass(frozen=True, slots=True)
class BadPage:
    """A page that is not what was written; `block` is None where a file cannot be read at all."""

    file: str
    block: int | None


def read_all(url: str, *, programs: Installation) -> tuple[BadPage, ...]:
    """Read everything; answers what is damaged.

    `url` is of a role that may replicate. Raises PagesUnreadError: it could not be read to its end.
    """
    return _run(programs, url, ("--target=blackhole", "--wal-method=none", "--no-manifest"))


def copy_all(url: str, folder: Path, *, programs: Installation) -> tuple[BadPage, ...]:
    """Copy everything into a new folder, as a server that can be started; answers what is damaged.

    Of a damaged database no copy is left. Raises PagesUnreadError: it broke off; nothing is left.
    """
    options = (f"--pgdata={folder}", "--format=plain", "--wal-method=stream")
    return _run(programs, url, options)


def _run(programs: Installation, url: str, options: Sequence[str]) -> tuple[BadPage, ...]:
    program = programs.program("pg_basebackup")
    words = [str(program), f"--dbname={url}", "--checkpoint=fast", "--no-password", *options]
    try:
        done = subprocess.run(  # noqa: S603 - absolute path, no shell, no word from outside
            words,
            env=command.ENVIRONMENT,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unread(str(error)) from error
    said = done.stderr.decode(errors="replace")
    bad = bad_pages(said)
    if done.returncode != 0 and not bad:
        raise _unread(said.strip()[-_LAST_WORDS_MAX:])
    return bad


def bad_pages(said: str) -> tuple[BadPage, ...]:
    """What the server's words name as damaged, each once."""
    found = {BadPage(each["file"], int(each["block"])): None for each in _BAD.finditer(said)}
    named = {each.file for each in found}
    for each in _UNREADABLE.finditer(said):
        if each["file"] not in named:
            found[BadPage(each["file"], None)] = None
    return tuple(found)[:BAD_PAGES_MAX]


def _unread(words: str) -> PagesUnreadError:
    return PagesUnreadError(
        f"The database's pages could not be read: {words}",
        cure="Look at the disk and at the server's log, and check again.",
    )
