"""A rendition that is not there yet: it leaves while it is made."""

from __future__ import annotations

import base64
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.delivery import making
from pennywhistle.apps.delivery.cache import etag_of, keep_rendition, kept_rendition, maker_of
from pennywhistle.apps.delivery.errors import BusyError, DeliveryError
from pennywhistle.apps.delivery.limits import (
    ENCODING,
    END_PATIENCE_S,
    FIRST_BYTE_PATIENCE_S,
    LISTING_PATIENCE_S,
)
from pennywhistle.apps.delivery.pace import retry_after_s
from pennywhistle.apps.media.custody import sound_master
from pennywhistle.apps.media.folders import COVERS, MASTERS, RENDITIONS
from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.foretold import HEAD_BYTES, TooEarlyError, foretold_size
from pennywhistle.engines.audio.known_sizes import has_known_size, known_size
from pennywhistle.engines.audio.recipes import Codec
from pennywhistle.machine import sandbox
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from datetime import datetime

    from pennywhistle.apps.delivery.kept import Kept
    from pennywhistle.apps.delivery.wanted import Wanted
    from pennywhistle.machine.storage import Stored

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unmade:
    """A rendition that is not there yet; making it starts when somebody reads.

    `person` is who wants it: people take turns at the encoders.
    """

    wanted: Wanted
    now: datetime
    person: Hashable = None

    @property
    def etag(self) -> str:
        """Known before the file is: the same key gives the same bytes on such a processor."""
        return etag_of(self.wanted.key, made_on=maker_of(self.wanted.recipe.name))

    @property
    def foretold_bytes(self) -> int | None:
        """Its size, where the form leaves no choice; None where it must be made to be known."""
        wanted = self.wanted
        try:
            if wanted.recipe.codec is Codec.ORIGINAL:
                return MASTERS.size_bytes(wanted.master_sha256)
            if wanted.shape is None or not has_known_size(wanted.recipe):
                return None
            cover = _cover(wanted.cover_sha256)
            return known_size(wanted.recipe, wanted.shape, wanted, cover)
        except StoredFileMissingError:
            return None

    def begin(self) -> Foretold | Unended | Kept:
        """Have it made, and wait a moment for the first bytes.

        Raises:
            BusyError: that would take longer; it is in the line, or begun.
            DeliveryError: it could not be made.
        """
        joined = self._join()
        seconds = making.first_byte_s(joined)
        if seconds > FIRST_BYTE_PATIENCE_S:
            raise BusyError(retry_after_s(seconds))
        if not joined.wait_for(1, seconds_max=FIRST_BYTE_PATIENCE_S):
            raise BusyError(retry_after_s(making.first_byte_s(joined)))
        if joined.has_ended:
            return joined.finished()
        size_bytes = _size_told_by(joined, self.wanted)
        if size_bytes is None:
            return Unended(self.etag, joined)
        return Foretold(self.etag, size_bytes, joined)

    def follow(self) -> Iterator[bytes]:
        """All bytes as they are made, however long that takes. Raises a DeliveryError."""
        return self._join().follow()

    def finished(self) -> Kept:
        """Wait until it is made, however long that takes. Raises a DeliveryError."""
        return self._join().finished()

    def finished_soon(self) -> Kept:
        """Wait until it is made. Raises BusyError if that takes long, or another DeliveryError."""
        joined = self._join()
        _wait_for(joined, RENDITION_BYTES_MAX)
        return joined.finished()

    def start(self) -> bool:
        """Have it made in the background; False if that was tried just now and failed."""
        try:
            return not self.join_in_background().has_failed
        except BusyError:
            # There will be room in the line when somebody asks how far it is.
            return True

    def join_in_background(self) -> making.Making:
        """The making of it, behind what somebody listens for. Raises BusyError."""
        return self._join(in_background=True)

    def _join(self, *, in_background: bool = False) -> making.Making:
        wanted = self.wanted
        return making.join(
            wanted.key,
            lambda of: _make(wanted, of, now=self.now),
            in_background=in_background,
            ask=making.Ask(
                person=self.person,
                kind=wanted.recipe.name,
                length_s=wanted.length_ms / 1000,
                shows_late=not wanted.recipe.streams,
                growing_at=RENDITIONS.growing_path(wanted.key),
                look=lambda: kept_rendition(wanted.key, now=self.now),
            ),
        )


def made_together(wanted: Sequence[Unmade]) -> dict[str, Kept]:
    """Have several made in the background, and wait for all; by ETag. What fails is not there.

    Raises BusyError: they take longer than a listing may, and are made meanwhile.
    """
    under_way = [(each.etag, each.join_in_background()) for each in wanted]
    until_s = time.monotonic() + LISTING_PATIENCE_S
    made: dict[str, Kept] = {}
    for etag, joined in under_way:
        try:
            left_s = max(0.0, until_s - time.monotonic())
            is_there = joined.wait_for(RENDITION_BYTES_MAX, seconds_max=left_s)
        except DeliveryError:
            continue
        if not is_there:
            raise BusyError(retry_after_s(max(making.end_s(each) for _, each in under_way)))
        made[etag] = joined.finished()
    return made


@dataclass(frozen=True, slots=True)
class Foretold:
    """A file that is being made, and whose beginning says how large it becomes."""

    etag: str
    size_bytes: int
    making: making.Making

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, exclusive, as soon as they are made.

        Raises BusyError if the first of them does not come for long.
        """
        _wait_for(self.making, start + 1)
        return self.making.follow(start, end)


@dataclass(frozen=True, slots=True)
class Unended:
    """A file that is being made, and of which nobody knows how large it becomes."""

    etag: str
    making: making.Making

    def follow(self) -> Iterator[bytes]:
        """All bytes as they are made."""
        return self.making.follow()

    def reach(self, start: int, end: int) -> Iterator[bytes] | None:
        """The bytes from `start` up to `end`, exclusive, once there are so many; else None.

        Raises BusyError if they do not come for long.
        """
        _wait_for(self.making, end)
        if self.making.written_bytes < end:
            return None
        return self.making.follow(start, end)

    def finished(self) -> Kept:
        """Wait until it is made. Raises BusyError if that takes long, or another DeliveryError."""
        _wait_for(self.making, RENDITION_BYTES_MAX)
        return self.making.finished()


def _wait_for(joined: making.Making, size_bytes: int) -> None:
    is_far = joined.written_bytes < size_bytes and making.end_s(joined) > END_PATIENCE_S
    if is_far or not joined.wait_for(size_bytes, seconds_max=END_PATIENCE_S):
        raise BusyError(retry_after_s(making.end_s(joined)))


# No rendition is larger (sandbox.Limits): whoever waits for more waits for the end.
RENDITION_BYTES_MAX = ENCODING.output_bytes_max + 1


def _size_told_by(joined: making.Making, wanted: Wanted) -> int | None:
    """The size that the file's own beginning states, if it does and is ours."""
    if wanted.recipe.codec is Codec.ORIGINAL:
        return MASTERS.size_bytes(wanted.master_sha256)
    needed = HEAD_BYTES
    while joined.wait_for(needed, seconds_max=FIRST_BYTE_PATIENCE_S):
        if joined.has_ended:
            return joined.finished().size_bytes

        def read(start: int, end: int) -> bytes:
            return b"".join(joined.follow(start, end))

        try:
            return foretold_size(read, written_bytes=joined.written_bytes)
        except TooEarlyError as error:
            needed = error.needed_bytes
    return None


def _make(wanted: Wanted, of: making.Making, *, now: datetime) -> Kept:
    """Encode, keep and note one rendition, unless another process just has."""
    found = kept_rendition(wanted.key, now=now)
    if found is not None:
        return found
    try:
        stored = _encode(wanted, of, now=now)
    except sandbox.SandboxError:
        # Killed, or short of memory, more likely than defeated by a master that was decoded
        # when it came in. Readers do not notice: the second attempt gives the same bytes.
        logger.warning("Rendition %s is made once more.", wanted.key, exc_info=True)
        stored = _encode(wanted, of, now=now)
    return keep_rendition(
        wanted.key,
        stored=stored,
        recipe=wanted.recipe.name,
        now=now,
        recording_id=wanted.recording_id,
    )


def _encode(wanted: Wanted, of: making.Making, *, now: datetime) -> Stored:
    """Encode what was delivered, to the bit; of a damaged master nothing is made."""
    arguments = {
        "recipe": wanted.recipe.name,
        "tags": wanted.written,
        "cover_b64": base64.b64encode(_cover(wanted.cover_sha256)).decode(),
    }
    with (
        sandbox.stream(
            encode,
            source=sound_master(wanted.master_sha256, now=now),
            arguments=arguments,
            limits=ENCODING,
            seekable=not wanted.recipe.streams,
        ) as chunks,
        RENDITIONS.receive(wanted.key) as incoming,
    ):
        of.follow_from(incoming)
        for chunk in chunks:
            incoming.write(chunk)
            incoming.flush()
            of.wrote(incoming.size_bytes)
    return incoming.stored


def _cover(sha256: str) -> bytes:
    if not sha256:
        return b""
    with COVERS.open(sha256) as file:
        return file.read()
