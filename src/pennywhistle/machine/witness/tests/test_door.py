"""A witness answers as C2SP tlog-witness says, over real connections; it signs no rollback."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey, cosignatures_of
from pennywhistle.engines.tlog.merkle import EMPTY_ROOT, consistency_path, leaf_hash, tree_root
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.witness import AddCheckpoint, request_size_bytes_max
from pennywhistle.machine.witness.door import Witness, WitnessServer
from pennywhistle.machine.witness.folder import (
    LOGS,
    STATE,
    WitnessFolder,
    WitnessFolderError,
    create_witness,
    open_witness,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORIGIN = "records.example/log"
LOG = SigningKey(ORIGIN, b"l" * 32)
LEAVES = [leaf_hash(bytes([number])) for number in range(40)]
OTHERS = [leaf_hash(b"other" + bytes([number])) for number in range(40)]
T0 = 1_790_000_000


def head(size: int, leaves: list[bytes] = LEAVES, *, key: SigningKey = LOG) -> bytes:
    return sign_checkpoint(Checkpoint(key.name, size, tree_root(leaves[:size])), key)


def asked(old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    path = consistency_path(leaves[:size], old) if 0 < old < size else []
    return AddCheckpoint(old, tuple(path), head(size, leaves)).encode()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    create_witness(tmp_path / "w", name="witness.example/w1")
    (tmp_path / "w" / LOGS).write_text(f"# the store\nlog {LOG.verifier.to_text()} https://x/log\n")
    return tmp_path / "w"


class Running:
    """A witness on a port of this machine, and what its clock says."""

    def __init__(self, folder: WitnessFolder) -> None:
        self.folder, self.clock_s = folder, float(T0)
        self.server = WitnessServer(("127.0.0.1", 0), Witness(folder, clock=lambda: self.clock_s))
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def post(self, body: bytes, path: str = "/add-checkpoint") -> tuple[int, str, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", path, body)
        answer = connection.getresponse()
        told = (answer.status, answer.headers["Content-Type"], answer.read().decode())
        connection.close()
        return told

    def times(self, body: bytes, note: bytes) -> list[int]:
        """When the cosignatures say that they were made; all must be right."""
        status, _, lines = self.post(body)
        assert status == 200, lines
        keys = [key.verifier for key in self.folder.keys]
        found = cosignatures_of(note + lines.encode(), keys)
        assert {each.key for each in found} == set(keys)
        return [each.time_s for each in found]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.folder.close()


@pytest.fixture
def witness(root: Path) -> Iterator[Running]:
    running = Running(open_witness(root))
    yield running
    running.stop()


def test_a_log_that_grows_is_cosigned_by_both_kinds_of_keys(witness: Running) -> None:
    assert witness.times(asked(0, 5), head(5)) == [T0, T0]
    witness.clock_s += 60
    assert witness.times(asked(5, 17), head(17)) == [T0 + 60, T0 + 60]
    # The same head again is cosigned anew: a store asks so that its head does not look old.
    assert witness.times(asked(17, 17), head(17)) == [T0 + 60, T0 + 60]


def test_an_empty_log_may_begin(witness: Running) -> None:
    empty = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), LOG)
    assert witness.times(AddCheckpoint(0, (), empty).encode(), empty) == [T0, T0]
    false = sign_checkpoint(Checkpoint(ORIGIN, 0, b"x" * 32), LOG)
    assert witness.post(AddCheckpoint(0, (), false).encode())[0] == 409


def test_another_old_size_is_told_the_known_one(witness: Running) -> None:
    witness.post(asked(0, 5))

    assert witness.post(asked(0, 17)) == (409, "text/x.tlog.size", "5\n")
    assert witness.post(asked(3, 17)) == (409, "text/x.tlog.size", "5\n")


def test_a_rollback_is_not_signed(witness: Running) -> None:
    witness.post(asked(0, 17))

    assert witness.post(asked(0, 5)) == (409, "text/x.tlog.size", "17\n")
    assert witness.post(asked(5, 5)) == (409, "text/x.tlog.size", "17\n")
    assert witness.post(asked(17, 5))[0] == 400
    assert witness.folder.seen(ORIGIN).size == 17


def test_two_heads_of_one_size_are_not_both_signed(witness: Running) -> None:
    witness.post(asked(0, 5))

    assert witness.post(asked(5, 5, OTHERS)) == (409, "text/x.tlog.size", "5\n")
    assert witness.times(asked(5, 5), head(5)) == [T0, T0]


@pytest.mark.parametrize(
    "path",
    [
        consistency_path(OTHERS[:17], 5),
        consistency_path(LEAVES[:17], 5)[:-1],
        [*consistency_path(LEAVES[:17], 5), b"x" * 32],
        [b"short"],
        [],
    ],
)
def test_a_proof_that_does_not_prove_it_is_not_signed(witness: Running, path: list[bytes]) -> None:
    witness.post(asked(0, 5))

    assert witness.post(AddCheckpoint(5, tuple(path), head(17)).encode())[0] == 422
    assert witness.post(AddCheckpoint(5, tuple(path), head(17, OTHERS)).encode())[0] == 422
    assert witness.folder.seen(ORIGIN).size == 5


def test_a_proof_from_nothing_is_refused(witness: Running) -> None:
    assert witness.post(AddCheckpoint(0, (b"x" * 32,), head(5)).encode())[0] == 422


def test_another_origin_and_another_key_are_refused(witness: Running) -> None:
    stranger = SigningKey("other.example/log", b"o" * 32)
    impostor = SigningKey(ORIGIN, b"i" * 32)

    assert witness.post(AddCheckpoint(0, (), head(5, key=stranger)).encode())[0] == 404
    assert witness.post(AddCheckpoint(0, (), head(5, key=impostor)).encode())[0] == 403


def test_every_flipped_bit_of_a_request_is_refused(witness: Running) -> None:
    good = asked(0, 5)
    for at in range(len(good)):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        status, _, lines = witness.post(bad)
        assert status in {400, 403, 404, 409, 422}, (at, lines)
    assert witness.folder.seen(ORIGIN).size == 0


def test_a_request_that_is_cut_short_is_refused(witness: Running) -> None:
    good = asked(0, 5)
    for length in range(0, len(good), 7):
        assert witness.post(good[:length])[0] in {400, 403}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"old 05\n\n" + head(5),
        b"old -1\n\n" + head(5),
        b"old 99999999999999999999\n\n" + head(5),
        b"old 0\n!!\n\n" + head(5),
        b"old 0\n" + b"A" * 43 + b"=\n" * 1 + (b"A" * 43 + b"=\n") * 64 + b"\n" + head(5),
        "old ٣\n\n".encode() + head(5),
    ],
)
def test_what_is_no_request_is_refused(witness: Running, body: bytes) -> None:
    assert witness.post(body)[0] == 400


def test_a_request_that_is_too_large_is_not_read(witness: Running) -> None:
    with socket.create_connection(("127.0.0.1", witness.port), timeout=5) as caller:
        length = request_size_bytes_max + 1
        caller.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % length)
        assert caller.recv(100).startswith(b"HTTP/1.1 413")


def test_a_request_without_a_length_or_of_another_kind_is_refused(witness: Running) -> None:
    connection = HTTPConnection("127.0.0.1", witness.port, timeout=5)
    # No chunk follows: the door closes at once, and one on its way would meet that.
    connection.putrequest("POST", "/add-checkpoint")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()
    connection.request("GET", "/add-checkpoint")
    assert connection.getresponse().status == 405
    connection.close()
    assert witness.post(asked(0, 5), "/elsewhere")[0] == 404


def test_the_time_never_goes_back(root: Path) -> None:
    witness = Running(open_witness(root))
    witness.times(asked(0, 5), head(5))
    witness.clock_s -= 86_400
    assert witness.times(asked(5, 17), head(17)) == [T0, T0]
    witness.stop()

    again = Running(open_witness(root))
    again.clock_s = 0.0
    assert again.times(asked(17, 20), head(20)) == [T0, T0]
    again.stop()


def test_of_many_at_once_each_is_told_the_truth(witness: Running) -> None:
    """The race that tlog-witness warns of: an older head must not overwrite a newer one."""
    witness.post(asked(0, 3))
    answers: list[tuple[int, int]] = []

    def ask(size: int) -> None:
        answers.append((size, witness.post(asked(3, size))[0]))

    threads = [threading.Thread(target=ask, args=(size,)) for size in range(4, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (won,) = [size for size, status in answers if status == 200]
    assert sorted(status for _, status in answers) == [200] + [409] * 15
    assert witness.folder.seen(ORIGIN).size == won


KILLED = """
import os, signal, sys
from pathlib import Path
from pennywhistle.machine.witness import folder
from pennywhistle.machine.witness.door import Witness
when, root, body = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).read_bytes()
def die(*args): os.kill(os.getpid(), signal.SIGKILL)
if when == "before":
    folder.Path = None
    os.replace = os.rename = die
    import pathlib
    pathlib.Path.replace = die
else:
    keep = folder.WitnessFolder.keep
    folder.WitnessFolder.keep = lambda *a: (keep(*a), die())
Witness(folder.open_witness(root)).add_checkpoint(body)
"""


@pytest.mark.parametrize(("when", "size"), [("before", 5), ("after", 17)])
def test_a_witness_killed_around_its_writing_signs_no_rollback(
    root: Path, tmp_path: Path, when: str, size: int
) -> None:
    first = Running(open_witness(root))
    first.times(asked(0, 5), head(5))
    first.stop()
    (tmp_path / "body").write_bytes(asked(5, 17))

    died = subprocess.run(
        [sys.executable, "-c", KILLED, when, str(root), str(tmp_path / "body")], check=False
    )
    assert died.returncode == -signal.SIGKILL

    again = Running(open_witness(root))
    assert again.folder.seen(ORIGIN).size == size
    # What may have been cosigned binds it: a second history from the old head is refused.
    forked = LEAVES[:5] + OTHERS[5:]
    assert again.post(asked(5, 20, forked))[0] == (409 if size == 17 else 200)
    again.stop()


def test_a_damaged_row_signs_nothing(root: Path, witness: Running) -> None:
    witness.post(asked(0, 5))
    (row,) = (root / STATE).iterdir()
    row.write_text(row.read_text()[:-9])

    assert witness.post(asked(5, 17))[0] == 500
    with pytest.raises(WitnessFolderError, match="damaged"):
        witness.folder.seen(ORIGIN)


def test_a_lost_row_signs_nothing_now_and_after_a_restart(root: Path) -> None:
    running = Running(open_witness(root))
    running.times(asked(0, 5), head(5))
    (row,) = (root / STATE).iterdir()
    row.unlink()
    assert running.post(asked(0, 5, OTHERS))[0] == 500
    running.stop()

    again = Running(open_witness(root))
    assert again.post(asked(0, 5, OTHERS))[0] == 500
    with pytest.raises(WitnessFolderError, match="lost"):
        again.folder.seen(ORIGIN)
    again.stop()


def test_a_log_that_is_added_later_begins_with_nothing(root: Path) -> None:
    running = Running(open_witness(root))
    running.times(asked(0, 5), head(5))
    running.stop()
    other = SigningKey("other.example/log", b"o" * 32)
    with (root / LOGS).open("a") as logs:
        logs.write(f"{other.verifier.to_text()}\n")

    again = Running(open_witness(root))
    assert again.folder.seen(ORIGIN).size == 5
    note = head(7, key=other)
    assert again.times(AddCheckpoint(0, (), note).encode(), note) == [T0, T0]
    again.stop()


def test_two_witnesses_do_not_share_a_folder(root: Path, witness: Running) -> None:
    assert witness.folder.root == root
    with pytest.raises(WitnessFolderError, match="Another witness"):
        open_witness(root)


def test_keys_are_made_once_and_for_their_owner_only(root: Path) -> None:
    assert (root / "witness_keys").stat().st_mode & 0o077 == 0
    with pytest.raises(WitnessFolderError, match="already"):
        create_witness(root, name="witness.example/w1")


def test_a_log_that_signs_with_ml_dsa_alone_is_witnessed(root: Path) -> None:
    key = CosigningKey.generate(ORIGIN, CosignatureKind.ML_DSA_44)
    (root / LOGS).write_text(key.verifier.to_text())
    note = sign_checkpoint(Checkpoint(ORIGIN, 5, tree_root(LEAVES[:5])), key)

    running = Running(open_witness(root))
    assert running.times(AddCheckpoint(0, (), note).encode(), note) == [T0, T0]
    assert running.post(asked(5, 5))[0] == 403
    running.stop()
