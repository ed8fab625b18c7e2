"""Installing DDEX's schemas from a zip or a folder: only schemas, bounded, inside one folder.

A file of schemas is a stranger's until it compiles: names that lead out of the folder, links and
more than the limits are refused before anything is put in place, and nothing is ever fetched.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex import MessageRefusedError, Schemas, SchemaUnusableError
from pennywhistle.engines.ddex.schemas import namespace_of
from pennywhistle.engines.ddex.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES_MAX = 400
FILE_BYTES_MAX = 10_000_000
ALL_BYTES_MAX = 50_000_000
# What else lies in a zip or a folder; more is not a folder of schemas.
ENTRIES_MAX = 5_000
_DEPTH_MAX = 8
_LINK = 0o120000
_KIND = 0o170000


class SchemasRefusedError(Exception):
    """The file or folder is not one of schemas that can be used; nothing was installed."""

    code = "schemas-refused"


@dataclass(frozen=True, slots=True)
class Installed:
    """What was put in place; namespaces of messages only."""

    namespaces: tuple[str, ...]
    file_count: int
    skipped_count: int


def install_schemas(source: Path, folder: Path) -> Installed:
    """Check the schemas in `source`, and put them into `folder`; the same again changes nothing.

    What an earlier installation has for the same messages gives way.
    Raises `SchemasRefusedError`, having changed nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as scratch:
        new = Path(scratch) / "new"
        files, skipped_count = _copied(source, new)
        namespaces = _compiled(new)
        # Its messages change their schema at once, since this one is new and complete.
        place = folder / _digest(new)
        _make_way(folder, frozenset(namespaces), place)
        if not place.exists():
            new.rename(place)
        folder.touch()
    return Installed(namespaces, files, skipped_count)


def installed_schemas(folder: Path) -> tuple[str, ...]:
    """The namespaces of messages that can be validated."""
    return _of_messages(Schemas(folder)) if folder.is_dir() else ()


def _copied(source: Path, new: Path) -> tuple[int, int]:
    """Copy the schemas; how many they are, and how many other files were left out."""
    total = count = skipped = 0
    for number, (name, data) in enumerate(_contents(source), 1):
        if number > ENTRIES_MAX:
            raise SchemasRefusedError(f"It holds more than {ENTRIES_MAX} files.")
        if data is None:
            skipped += 1
            continue
        total, count = total + len(data), count + 1
        if count > FILES_MAX or total > ALL_BYTES_MAX:
            raise SchemasRefusedError(
                f"It holds more than {FILES_MAX} schemas, or more than {ALL_BYTES_MAX} bytes."
            )
        target = new / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    if not count:
        raise SchemasRefusedError("It holds no .xsd file.")
    return count, skipped


def _contents(source: Path) -> Iterator[tuple[PurePosixPath, bytes | None]]:
    """Each file with its path; None for one that is no schema, which is not read."""
    if source.is_dir():
        yield from _of_folder(source)
    elif zipfile.is_zipfile(source):
        yield from _of_zip(source)
    else:
        raise SchemasRefusedError("It is neither a zip nor a folder.")


def _of_folder(source: Path) -> Iterator[tuple[PurePosixPath, bytes | None]]:
    for path in source.rglob("*"):
        if path.is_symlink():
            raise SchemasRefusedError(f"{path.name!r} is a link.")
        if not path.is_file():
            continue
        name = _safe(path.relative_to(source).as_posix())
        if not _is_schema(name):
            yield name, None
            continue
        with path.open("rb") as opened:
            yield name, _bounded(opened.read(FILE_BYTES_MAX + 1), name)


def _of_zip(source: Path) -> Iterator[tuple[PurePosixPath, bytes | None]]:
    try:
        with zipfile.ZipFile(source) as opened:
            for entry in opened.infolist():
                if (entry.external_attr >> 16) & _KIND == _LINK:
                    raise SchemasRefusedError(f"{entry.filename!r} is a link.")
                name = _safe(entry.filename)
                if entry.is_dir():
                    continue
                if not _is_schema(name):
                    yield name, None
                    continue
                # Read, not believed: an entry may unpack to more than it says.
                with opened.open(entry) as file:
                    yield name, _bounded(file.read(FILE_BYTES_MAX + 1), name)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise SchemasRefusedError(f"The zip cannot be read: {error}") from None


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    is_odd = "\\" in name or ":" in name or not name.isprintable()
    if is_odd or path.is_absolute() or ".." in path.parts or len(path.parts) > _DEPTH_MAX:
        raise SchemasRefusedError(f"{name[:200]!r} leads out of its folder, or is no plain name.")
    return path


def _is_schema(name: PurePosixPath) -> bool:
    # What macOS puts beside each file has the same ending.
    return name.suffix.lower() == ".xsd" and "__MACOSX" not in name.parts


def _bounded(data: bytes, name: PurePosixPath) -> bytes:
    if len(data) > FILE_BYTES_MAX:
        raise SchemasRefusedError(f"{name} is larger than {FILE_BYTES_MAX} bytes.")
    return data


def _compiled(new: Path) -> tuple[str, ...]:
    """The namespaces of messages; each compiles with what lies beside it."""
    schemas = Schemas(new)
    namespaces = _of_messages(schemas)
    if not namespaces:
        raise SchemasRefusedError("None of it is a schema of a message that this store reads.")
    for namespace in namespaces:
        try:
            schemas.validate(_smallest(namespace))
        except SchemaUnusableError as error:
            raise SchemasRefusedError(str(error)) from None
    return namespaces


def _of_messages(schemas: Schemas) -> tuple[str, ...]:
    return tuple(sorted(name for name in schemas.namespaces if _is_of_messages(name)))


def _is_of_messages(namespace: str) -> bool:
    """Whether messages have it: others hold lists of values."""
    try:
        version_of(namespace)
    except MessageRefusedError:
        return False
    return True


def _smallest(namespace: str) -> bytes:
    """No message, but enough for its schema to be looked for."""
    return f'<x:NewReleaseMessage xmlns:x="{namespace}"/>'.encode()


def _digest(new: Path) -> str:
    """A name from all names and contents, so that the same installation is the same folder."""
    digest = hashlib.sha256()
    for path in sorted(new.rglob("*.xsd")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(new).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()[:16]


def _make_way(folder: Path, namespaces: frozenset[str], place: Path) -> None:
    """Take earlier schemas of the same messages away; what is left of a folder stays."""
    for earlier in sorted(folder.iterdir()):
        if earlier == place or not earlier.is_dir():
            continue
        theirs = set(_of_messages(Schemas(earlier)))
        if theirs <= namespaces:
            shutil.rmtree(earlier)
            continue
        for path in earlier.rglob("*.xsd"):
            if namespace_of(path) in namespaces:
                path.unlink()
