"""Reading a whole published log against its signed head: every entry hashed again, every tile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.audit import RecordAudit
from pennywhistle.engines.tlog.checks import Check
from pennywhistle.engines.tlog.growth import Growth
from pennywhistle.engines.tlog.heads import Comparison, Relation, compare_heads
from pennywhistle.engines.tlog.merkle import leaf_hash
from pennywhistle.engines.tlog.tiles import (
    TileInvalidError,
    decode_bundle,
    entries_path,
    read_or_cut,
    tile_path,
    tile_width,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pennywhistle.engines.tlog.checkpoint import Checkpoint
    from pennywhistle.engines.tlog.cosignature import Cosignature

    Read = Callable[[str], bytes]

_CLOCK_WRONG_MAX_S = 86_400


@dataclass
class LogAudit:
    """How far a log was read: bounded by its height, not by its size; kept between two audits."""

    tree: Growth = field(default_factory=Growth)
    records: RecordAudit = field(default_factory=RecordAudit)
    wrong_tiles: list[str] = field(default_factory=list)
    rewritten: str = ""

    def read_on(self, read: Read, size: int) -> Iterator[list[bytes]]:
        """Read entries up to `size`, bundle by bundle; yields the new records of each.

        After each bundle the state is whole, and may be kept. Every full tile is compared with
        what its entries hash to; so are the partial ones of the last size.

        Raises:
            TileInvalidError, FileNotFoundError, KeyError: a file of the log is not what it should
                be, or not there.
        """
        while self.tree.size < size and not self.rewritten:
            index, width_before = divmod(self.tree.size, tile_width)
            width = min(tile_width, size - index * tile_width)
            path = entries_path(index, width)
            bundle = decode_bundle(read_or_cut(read, path, entries_path(index)))[:width]
            if len(bundle) != width:
                raise TileInvalidError(f"{path} holds {len(bundle)} entries instead of {width}.")
            hashes = [leaf_hash(data) for data in bundle]
            self.rewritten = self._other_than_known(hashes[:width_before], index * tile_width)
            if self.rewritten:
                return
            for level, at, tile in self.tree.add(hashes[width_before:]):
                self._compare_tile(read, level, at, tile)
            new = bundle[width_before:]
            for data in new:
                self.records.add(data)
            yield new
        if not self.rewritten:
            for level, at, tile in self.tree.partial_tiles():
                self._compare_tile(read, level, at, tile)

    def _other_than_known(self, hashes: Sequence[bytes], first: int) -> str:
        """Which of the entries that were read before is another one now."""
        known = self.tree.edge[0] if self.tree.edge else []
        for place, (before, now) in enumerate(zip(known, hashes, strict=False)):
            if before != now:
                return f"Entry {first + place} of the log is not what it was before."
        return ""

    def _compare_tile(self, read: Read, level: int, index: int, hashes: list[bytes]) -> None:
        path = tile_path(level, index, len(hashes))
        expected = b"".join(hashes)
        try:
            found = read_or_cut(read, path, tile_path(level, index))[: len(expected)]
        except (FileNotFoundError, KeyError):
            problem = f"{path} is not there."
        else:
            problem = "" if found == expected else f"{path} is not made of the entries below it."
        if problem and not self.wrong_tiles:
            self.wrong_tiles.append(problem)


def tree_checks(audit: LogAudit, head: Checkpoint) -> tuple[Check, ...]:
    """After reading up to the head: the entries give its root, and the tiles are right."""
    code, title = "tree-recomputed", "The entries are what the head signs"
    if audit.rewritten:
        tree = Check(code, title, passed=False, sentence=audit.rewritten)
    elif audit.tree.root() != head.root:
        sentence = f"The {head.size} entries hash to another root than the signed one."
        tree = Check(code, title, passed=False, sentence=sentence)
    else:
        sentence = f"All {head.size} entries, hashed again, give the signed root."
        tree = Check(code, title, passed=True, sentence=sentence)
    problem = audit.wrong_tiles[0] if audit.wrong_tiles else ""
    sentence = problem or "Every tile is made of the entries below it."
    return (tree, Check("tiles-right", "Every tile is right", not problem, sentence))


def growth_check(
    before: Checkpoint | None, head: Checkpoint, read: Read
) -> tuple[Check, Comparison | None]:
    """The head continues the one that was audited last, by a proof from the log's tiles.

    With what came of comparing both: only a fork is proof of something.
    """
    code, title = "log-grew", "The log only grew"
    if before is None:
        sentence = "This is the first look at it; the next one compares."
        return Check(code, title, None, sentence), None
    compared = compare_heads(before, head, read)
    match compared.relation:
        case Relation.SAME | Relation.GREW:
            sentence = f"It begins with the {before.size} entries that it had before."
        case Relation.OLDER:
            sentence = (
                f"The log had {before.size} entries before, and has {head.size} now: its own"
                " beginning. An old copy, which proves nothing against the store; look again."
            )
        case Relation.FORKED if before.size == head.size:
            sentence = f"Two different heads of {head.size} entries are signed."
        case Relation.FORKED:
            sentence = (
                f"It does not begin with the {before.size} entries of before: the store signed"
                " two different histories."
            )
        case Relation.UNPROVEN if head.size < before.size:
            sentence = (
                f"The log had {before.size} entries before, and has {head.size} now. That is not"
                " proof yet: it may be an old copy. Look again, and elsewhere."
            )
        case _:
            sentence = (
                f"Its tiles do not prove that it begins with the {before.size} entries of before."
                " That is not proof yet: they may be damaged on the way. Look again, and elsewhere."
            )
    passed = compared.relation in {Relation.SAME, Relation.GREW}
    return Check(code, title, passed, sentence), compared


def time_check(found: Sequence[Cosignature], *, now_s: int) -> Check:
    """No witness's signature is of the future, by the clock of whoever checks (POSIX seconds)."""
    code, title = "dated", "The head is not of the future"
    late = [each.key.name for each in found if each.time_s > now_s + _CLOCK_WRONG_MAX_S]
    sentence = f"The signature of {late[0]} is dated in the future." if late else ""
    if not late:
        sentence = "No signature is dated in the future, by the clock of this machine."
    return Check(code, title, not late, sentence)
