"""Heads are shown to witnesses behind the shop's back, and carry what they signed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import NOON
from pennywhistle.apps.proof import asking, work
from pennywhistle.apps.proof.asking import Witnesses
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.proof.models import CosignedHead, Head, Leaf
from pennywhistle.apps.proof.queries.openings import witnessed_head
from pennywhistle.engines.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.policy import Group, Policy, PolicyWitness
from pennywhistle.engines.tlog.records import EntryLeaf
from pennywhistle.engines.tlog.tiles import TileReader
from pennywhistle.interfaces.console.sequencer import witness_round
from pennywhistle.machine.storage import Folder
from pennywhistle.machine.witness.door import Witness, WitnessServer
from pennywhistle.machine.witness.folder import LOGS, create_witness, open_witness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
ORIGIN = "records.example/log"


@pytest.fixture
def log(tmp_path: Path, settings: SettingsWrapper) -> Log:
    settings.WITNESSES_PRIVATE = True
    ml_dsa = CosigningKey.generate(ORIGIN, CosignatureKind.ML_DSA_44)
    folder = Folder(tmp_path / "log")
    return Log(folder, ORIGIN, SigningKey.generate(ORIGIN), b"s" * 32, (ml_dsa,))


@pytest.fixture
def a_witness(log: Log, tmp_path: Path) -> Iterator[Callable[[str], PolicyWitness]]:
    running: list[tuple[WitnessServer, Callable[[], None]]] = []

    def start(name: str) -> PolicyWitness:
        keys = create_witness(tmp_path / name, name=f"{name}.example")
        lines = [key.to_text() for key in log.verifiers]
        (tmp_path / name / LOGS).write_text("\n".join(lines))
        folder = open_witness(tmp_path / name)
        server = WitnessServer(("127.0.0.1", 0), Witness(folder))
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        running.append((server, folder.close))
        return PolicyWitness(name, keys[1].verifier, f"http://127.0.0.1:{server.server_port}")

    yield start
    for server, close in running:
        server.shutdown()
        server.server_close()
        close()


def grow(log: Log, count: int) -> None:
    first = Leaf.objects.count()
    for index in range(first, first + count):
        record = EntryLeaf("E", 1, index.to_bytes(32, "big")).encode()
        Leaf.objects.create(log_index=index, record=record)
    work.publish(log=log)


def witnessed(witnesses: Witnesses, log: Log) -> str:
    """Two rounds of the sequencer with the answers in between; the published checkpoint."""
    witness_round(witnesses=witnesses, policy=witnesses.policy, at=NOON)
    witnesses.finish(10)
    witness_round(witnesses=witnesses, policy=witnesses.policy, at=NOON)
    witnesses.finish(10)
    work.publish(log=log)
    return log.folder.read(work.CHECKPOINT).decode()


def of_all(*witnesses: PolicyWitness, least: int) -> Policy:
    names = tuple(each.name for each in witnesses)
    return Policy((), witnesses, {"them": Group(least, names)}, "them")


def test_a_head_is_published_at_once_and_cosigned_when_the_answers_are_there(
    log: Log, a_witness: Callable[[str], PolicyWitness]
) -> None:
    policy = of_all(a_witness("w1"), a_witness("w2"), least=2)
    witnesses = Witnesses(policy, log.folder.read)

    grow(log, 3)
    bare = log.folder.read(work.CHECKPOINT).decode()
    assert policy.witnessed_by(bare.encode()) == []

    assert policy.witnessed_by(witnessed(witnesses, log).encode()) == ["w1", "w2"]
    grow(log, 600)
    text = witnessed(witnesses, log)
    assert policy.witnessed_by(text.encode()) == ["w1", "w2"]
    head = open_checkpoint(text.encode(), keys=log.verifiers, origin=ORIGIN)
    assert head.size == 603
    assert CosignedHead.objects.get().is_quorum


def test_a_store_that_starts_again_asks_what_its_witness_knows(
    log: Log, a_witness: Callable[[str], PolicyWitness]
) -> None:
    policy = of_all(a_witness("w1"), least=1)
    grow(log, 3)
    witnessed(Witnesses(policy, log.folder.read), log)
    grow(log, 4)

    assert policy.witnessed_by(witnessed(Witnesses(policy, log.folder.read), log).encode())


def test_a_witness_that_is_away_or_lies_holds_nothing_up(
    log: Log, a_witness: Callable[[str], PolicyWitness]
) -> None:
    there = a_witness("w1")
    away = PolicyWitness("w2", there.key, "http://127.0.0.1:1")
    other = CosigningKey.generate("w3.example", CosignatureKind.ED25519).verifier
    lying = PolicyWitness("w3", other, there.url)
    policy = of_all(there, away, lying, least=2)
    grow(log, 3)

    text = witnessed(Witnesses(policy, log.folder.read), log)

    assert "w1.example" in text
    assert "w3.example" not in text
    assert not CosignedHead.objects.get().is_quorum
    assert witnessed_head(log, covering=0) is None


def test_a_log_that_was_set_back_is_not_cosigned(
    log: Log, a_witness: Callable[[str], PolicyWitness], caplog: pytest.LogCaptureFixture
) -> None:
    policy = of_all(a_witness("w1"), least=1)
    grow(log, 5)
    grow(log, 4)
    witnessed(Witnesses(policy, log.folder.read), log)
    root = TileReader(log.folder.read, 5).root()
    back = sign_checkpoint(Checkpoint(ORIGIN, 5, root), *log.signers).decode()
    witnesses = Witnesses(policy, log.folder.read)
    witnesses.offer(size=5, checkpoint=back)
    witnesses.finish(10)

    assert witnesses.take() is None
    assert "the log was set back" in caplog.text


def test_private_addresses_are_not_asked_unless_the_operator_says_so(
    log: Log, a_witness: Callable[[str], PolicyWitness], settings: SettingsWrapper,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    policy = of_all(a_witness("w1"), least=1)
    settings.WITNESSES_PRIVATE = False
    grow(log, 3)

    assert policy.witnessed_by(witnessed(Witnesses(policy, log.folder.read), log).encode()) == []
    assert "not https" in caplog.text


def test_a_store_without_witnesses_asks_nobody(log: Log) -> None:
    grow(log, 3)
    witnesses = Witnesses(Policy(), log.folder.read)

    assert witnessed(witnesses, log) == Head.objects.get().checkpoint
    assert not CosignedHead.objects.exists()


def test_an_added_key_signs_the_same_head_anew(log: Log) -> None:
    before = Log(log.folder, log.origin, log.key, log.page_secret)
    grow(before, 3)
    assert log.folder.read(work.CHECKPOINT).count(b"\xe2\x80\x94") == 1

    work.publish(log=log)

    text = log.folder.read(work.CHECKPOINT)
    for key in log.verifiers:
        assert open_checkpoint(text, keys=[key], origin=ORIGIN).size == 3


def test_another_round_waits_for_the_one_under_way(
    log: Log, monkeypatch: pytest.MonkeyPatch, a_witness: Callable[[str], PolicyWitness]
) -> None:
    calls: list[str] = []
    go_on = threading.Event()

    def slow(url: str, body: bytes, **_: object) -> tuple[int, bytes]:
        calls.append(url)
        go_on.wait(10)
        return 500, b""

    monkeypatch.setattr(asking, "post", slow)
    witnesses = Witnesses(of_all(a_witness("w1"), least=1), log.folder.read)
    grow(log, 3)
    work.offer_head(witnesses)
    grow(log, 1)
    work.offer_head(witnesses)
    go_on.set()
    witnesses.finish(10)

    assert len(calls) == 1
