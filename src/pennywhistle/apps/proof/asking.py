"""Asking the policy's witnesses to cosign a head, in the background: the log waits for nobody."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.engines.tlog.cosignature import cosignatures_of
from pennywhistle.engines.tlog.merkle import ProofInvalidError
from pennywhistle.engines.tlog.note import NoteInvalidError
from pennywhistle.engines.tlog.tiles import TileInvalidError, TileReader
from pennywhistle.engines.tlog.witness import AddCheckpoint
from pennywhistle.machine.outgoing.posting import Bounds, NotReachedError, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.engines.tlog.policy import Policy, PolicyWitness

logger = logging.getLogger(__name__)
CALL_SECONDS_MAX = 5.0
# All calls to one witness for one head: the first one may learn which size it knows.
ROUND_SECONDS_MAX = 12.0
# Witnesses that did not sign a head are asked again for the same one.
AGAIN_S = 30.0
_ASKED_TIMES_MAX = 3
_OK, _CONFLICT = 200, 409


class NotWitnessedError(Exception):
    """A witness did not cosign; the sentence says why."""

    code = "not-witnessed"


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A head with the right cosignatures of the policy's witnesses under it."""

    size: int
    checkpoint: str
    names: tuple[str, ...]


@dataclass
class Witnesses:
    """The policy's witnesses; one round of questions at a time, always about the newest head."""

    policy: Policy
    read: Callable[[str], bytes]
    _known: dict[str, int] = field(default_factory=dict)
    _troubles: dict[str, str] = field(default_factory=dict)
    _asked: tuple[str, float] = ("", 0.0)
    _round: threading.Thread | None = None
    _found: Cosigned | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def offer(self, *, size: int, checkpoint: str) -> None:
        """Begin a round about this head, unless one is under way or it was just asked about."""
        is_busy = self._round is not None and self._round.is_alive()
        if is_busy or not size or not self.policy.witnesses:
            return
        asked, at_s = self._asked
        is_due = time.monotonic() - at_s >= AGAIN_S and self._troubles
        if asked == checkpoint and not is_due:
            return
        self._asked = (checkpoint, time.monotonic())
        self._round = threading.Thread(target=self._ask_all, args=(size, checkpoint), daemon=True)
        self._round.start()

    def take(self) -> Cosigned | None:
        """What the last round brought, once."""
        with self._lock:
            found, self._found = self._found, None
        return found

    def finish(self, timeout_s: float) -> None:
        """Wait for the round under way, at most so long."""
        if self._round is not None:
            self._round.join(timeout_s)

    def _ask_all(self, size: int, checkpoint: str) -> None:
        pool = ThreadPoolExecutor(max_workers=len(self.policy.witnesses))
        calls = {
            pool.submit(self._ask, witness, size, checkpoint): witness
            for witness in self.policy.witnesses
        }
        done, late = wait(calls, timeout=ROUND_SECONDS_MAX)
        pool.shutdown(wait=False, cancel_futures=True)
        lines: dict[str, str] = {}
        for call in done:
            name = calls[call].name
            try:
                lines[name] = call.result()
            except (NotWitnessedError, NotReachedError) as error:
                self._note(name, str(error))
            except (OSError, TileInvalidError, ProofInvalidError):
                logger.exception("The log's files do not give a proof for witness %s.", name)
            else:
                self._note(name, "")
        for call in late:
            self._note(calls[call].name, "no answer in time")
        names = tuple(each.name for each in self.policy.witnesses if each.name in lines)
        if names:
            text = checkpoint + "".join(lines[name] for name in names)
            with self._lock:
                self._found = Cosigned(size, text, names)

    def _ask(self, witness: PolicyWitness, size: int, checkpoint: str) -> str:
        if not witness.url:
            raise NotWitnessedError("the policy gives no address for it")
        known = self._known.get(witness.name, 0)
        note = checkpoint.encode()
        for _ in range(_ASKED_TIMES_MAX):
            path = TileReader(self.read, size).consistency(known)
            request = AddCheckpoint(known, tuple(path), note)
            url = f"{witness.url.rstrip('/')}/add-checkpoint"
            status, content = post(url, request.encode(), bounds=_bounds())
            if status == _OK:
                self._known[witness.name] = size
                return _line(witness, note, content)
            if status != _CONFLICT:
                raise NotWitnessedError(f"it answers {status}")
            known = _size_told(content, asked=known, size=size)
            self._known[witness.name] = known
        raise NotWitnessedError("its known size changes at every question")

    def _note(self, name: str, trouble: str) -> None:
        """Log what changed, not the same thing every second."""
        if trouble and self._troubles.get(name) != trouble:
            logger.warning("Witness %s did not sign: %s.", name, trouble)
        if trouble:
            self._troubles[name] = trouble
        else:
            self._troubles.pop(name, None)


def _bounds() -> Bounds:
    return Bounds(seconds_max=CALL_SECONDS_MAX, may_be_private=settings.WITNESSES_PRIVATE)


def _line(witness: PolicyWitness, note: bytes, content: bytes) -> str:
    """The witness's own line of its answer; others' lines, and wrong ones, are left out."""
    try:
        found = cosignatures_of(note + content, [witness.key])
    except NoteInvalidError as error:
        raise NotWitnessedError("its answer is no signature line") from error
    if not found:
        raise NotWitnessedError("its answer has no right signature of the policy's key")
    return found[0].signature.to_line()


def _size_told(content: bytes, *, asked: int, size: int) -> int:
    text = content.decode("ascii", errors="replace").strip()
    if not text.isascii() or not text.isdigit() or len(text) > len(str(2**63)):
        raise NotWitnessedError("it answers 409 without a size")
    told = int(text)
    if told > size:
        raise NotWitnessedError(
            f"it has seen {told} entries of this log, which has {size}: the log was set back, or"
            " somebody else signs with its key"
        )
    if told == asked:
        raise NotWitnessedError("it has seen another head of the same size")
    return told
