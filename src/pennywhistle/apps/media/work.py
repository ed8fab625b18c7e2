"""The slow part: storing what was delivered, and decoding it behind the sandbox's walls."""

from __future__ import annotations

import hashlib
import logging
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.media import hearing
from pennywhistle.apps.media.folders import COVERS, MASTERS, RENDITIONS
from pennywhistle.apps.media.models import StoredMaster
from pennywhistle.engines.audio import AudioRefusedError, encode, passage
from pennywhistle.engines.pictures import (
    PictureRefusedError,
    draw_placeholder,
    make_sleeves,
    read_sleeves,
)
from pennywhistle.machine import sandbox
from pennywhistle.machine.storage import Folder, Stored, TooLargeError
from pennywhistle.machine.storage.folder import chunks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pennywhistle.engines.audio import Examination
    from pennywhistle.engines.audio.judgement import Judgement
    from pennywhistle.engines.fingerprint import Fingerprint

logger = logging.getLogger(__name__)
COVER_FILE_BYTES_MAX = 20_000_000
PREVIEW_MS = 30_000
PREVIEW_FADE_MS = 1_500
# Constant rate: its length in seconds is known from its length in bytes, which browsers like.
PREVIEW_RECIPE = "mp3-128"
PREVIEW_MIME_TYPE = "audio/mpeg"

# Files decoded at the same time; each has its own process.
AT_ONCE = 2
# A cover, and the fingerprint of a whole day; the answer holds every finding's curve.
_HEAR = sandbox.Limits(
    wall_seconds=1_800, cpu_seconds=1_800, output_bytes_max=36 << 20, answer_bytes_max=2 << 20
)
_PREVIEW = sandbox.Limits(wall_seconds=900, cpu_seconds=900, output_bytes_max=4 << 20)
_PICTURE = sandbox.Limits(wall_seconds=60, cpu_seconds=60, output_bytes_max=32 << 20)


class FileRefusedError(Exception):
    """A delivered file is not taken; the sentence is for the one who sent it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Heard:
    """What one pass over a stored file found; `cover_sha256` is empty without a picture."""

    examination: Examination
    judgement: Judgement
    fingerprint: Fingerprint
    cover_sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What hearing one stored file came to: one of both is there."""

    sha256: str
    heard: Heard | None = None
    refusal: FileRefusedError | None = None


@dataclass(frozen=True, slots=True)
class CoverFiles:
    """A cover's stored files by name ("jpeg-640"), and the size of the picture delivered."""

    sha256: str
    width: int
    height: int
    sizes: dict[str, str]


def store_master(path: Path) -> Stored:
    """Copy an audio file into the store, under its SHA-256; one that is there is left alone.

    Raises:
        FileRefusedError: it is empty or larger than `settings.MASTER_FILE_BYTES_MAX`.
    """
    return store(MASTERS, path, size_bytes_max=settings.MASTER_FILE_BYTES_MAX)


def store_picture(path: Path) -> Stored:
    """Copy a picture into the store as it was delivered; it is never served like that."""
    return store(COVERS, path, size_bytes_max=COVER_FILE_BYTES_MAX)


def store(folder: Folder, path: Path, *, size_bytes_max: int) -> Stored:
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        raise FileRefusedError("empty", "The file is empty.")
    too_large = FileRefusedError(
        "too-large", f"The file is larger than {size_bytes_max:,} bytes, the limit."
    )
    if size_bytes > size_bytes_max:
        raise too_large
    sha256 = sha256_of(path)
    # Of a damaged master this is the whole one again: it takes its place.
    if folder.has(sha256) and not StoredMaster.objects.damaged(sha256=sha256).exists():
        return Stored(sha256, size_bytes, 0)
    try:
        return folder.put_file(path, size_bytes_max=size_bytes_max)
    except TooLargeError as error:
        # It grew while it was read.
        raise too_large from error


def sha256_of(path: Path) -> str:
    """A file's SHA-256 in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in chunks_of(file):
            digest.update(chunk)
    return digest.hexdigest()


def hear(sha256: str) -> Heard:
    """Decode a stored master from end to end, once, and keep the picture that it carries.

    Touches no database, so that threads may call it: `hearings.keep_hearing` writes down what was
    heard.

    Raises:
        FileRefusedError: it is no audio that the store takes, or the decoder failed at it.
    """
    result = in_sandbox(
        hearing.hear,
        MASTERS.path(sha256),
        arguments={"seconds_max": settings.MASTER_SECONDS_MAX},
        limits=_HEAR,
    )
    try:
        answer = hearing.Answer.read(result.value, result.attachment)
    except AudioRefusedError as refusal:
        raise FileRefusedError(refusal.code, refusal.sentence) from refusal
    except ValueError as error:
        raise FileRefusedError("decoder-failed", "The decoder gave no usable answer.") from error
    has_cover = answer.examination.cover_type and 0 < len(answer.cover) <= COVER_FILE_BYTES_MAX
    cover_sha256 = COVERS.put([answer.cover]).sha256 if has_cover else ""
    return Heard(answer.examination, answer.judgement, answer.fingerprint, cover_sha256)


def hear_each(
    sha256s: Iterable[str], *, begun: Callable[[str], None] | None = None
) -> Iterator[Outcome]:
    """Hear several masters at the same time, and tell of each as soon as it is done.

    `begun` is told of each when its turn comes, in the caller's thread. Whoever stops listening
    stops the rest.
    """
    waiting, under_way = iter(sha256s), 0
    events: SimpleQueue[str | Future[Outcome]] = SimpleQueue()

    def hear_one(sha256: str) -> Outcome:
        events.put(sha256)
        return _outcome(sha256)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            while True:
                for sha256 in islice(waiting, 2 * AT_ONCE - under_way):
                    pool.submit(hear_one, sha256).add_done_callback(events.put)
                    under_way += 1
                if not under_way:
                    return
                event = events.get()
                if not isinstance(event, str):
                    under_way -= 1
                    yield event.result()
                elif begun is not None:
                    begun(event)
        finally:
            pool.shutdown(cancel_futures=True)


def _outcome(sha256: str) -> Outcome:
    try:
        return Outcome(sha256, heard=hear(sha256))
    except FileRefusedError as refusal:
        return Outcome(sha256, refusal=refusal)


def make_preview(sha256: str, *, start_ms: int) -> Stored:
    """Encode the 30 seconds from `start_ms` of a stored master, faded in and out, and store them.

    The file carries no tags: what a recording is called may change, its preview does not.
    """
    result = in_sandbox(
        encode,
        MASTERS.path(sha256),
        arguments={
            "recipe": PREVIEW_RECIPE,
            "cut": {"start_ms": start_ms, "length_ms": PREVIEW_MS, "fade_ms": PREVIEW_FADE_MS},
        },
        limits=_PREVIEW,
    )
    return RENDITIONS.put([result.attachment])


def make_passage(sha256: str, *, recipe: str, start_ms: int, length_ms: int) -> Stored:
    """Store what a form leaves of a passage of a stored master: `engines.audio.passage`.

    Raises:
        FileRefusedError: the passage cannot be made.
    """
    result = in_sandbox(
        passage,
        MASTERS.path(sha256),
        arguments={"recipe": recipe, "start_ms": start_ms, "length_ms": length_ms},
        limits=_PREVIEW,
    )
    return RENDITIONS.put([result.attachment])


def make_cover(sha256: str) -> CoverFiles:
    """Make the sizes that pages load from a stored picture.

    Raises:
        FileRefusedError: it is no picture that the store takes.
    """
    result = in_sandbox(make_sleeves, COVERS.path(sha256), arguments={}, limits=_PICTURE)
    try:
        sleeves = read_sleeves(result.value, result.attachment)
    except PictureRefusedError as refusal:
        raise FileRefusedError(refusal.code, refusal.sentence) from refusal
    except (ValueError, TypeError, KeyError) as error:
        raise FileRefusedError("decoder-failed", "The decoder gave no usable answer.") from error
    sizes = {name: COVERS.put([content]).sha256 for name, content in sleeves.files.items()}
    return CoverFiles(sha256, sleeves.width, sleeves.height, sizes)


def make_placeholder(seed: str) -> CoverFiles:
    """A cover of our own for a release that came without one; the same for the same `seed`."""
    return make_cover(COVERS.put([draw_placeholder(seed)]).sha256)


def in_sandbox(
    function: sandbox.client.Function,
    path: Path,
    *,
    arguments: dict[str, object],
    limits: sandbox.Limits,
) -> sandbox.CallResult:
    """Call, and say in the words of the one who delivered what went wrong with their file.

    A sandbox that is not there or was lost is no fault of the file: those errors go on, and the
    job runs again.
    """
    try:
        return _call(function, path, arguments, limits)
    except sandbox.FunctionFailedError as error:
        code = error.failure_code or "decoder-failed"
        raise FileRefusedError(code, f"The file cannot be read: {error.message}") from error
    except sandbox.MemoryLimitError as error:
        raise FileRefusedError(
            "too-much-memory", "Reading the file takes too much memory."
        ) from error
    except (sandbox.CpuLimitError, sandbox.TimedOutError, sandbox.OutputLimitError) as error:
        raise FileRefusedError("too-much-work", "Reading the file takes too long.") from error
    except (sandbox.CrashedError, sandbox.BadAnswerError) as error:
        raise FileRefusedError("decoder-failed", "The decoder failed at this file.") from error


def _call(
    function: sandbox.client.Function,
    path: Path,
    arguments: dict[str, object],
    limits: sandbox.Limits,
) -> sandbox.CallResult:
    """Call, and once more if the child was killed from outside: that says nothing of its file."""
    try:
        return sandbox.call(function, source=path, arguments=arguments, limits=limits)
    except sandbox.CrashedError as error:
        if error.signal_number != signal.SIGKILL:
            raise
    except sandbox.SandboxLostError:
        pass
    logger.warning("A child was killed while it read %s; it is read once more.", path.name)
    return sandbox.call(function, source=path, arguments=arguments, limits=limits)
