"""`audit` reads a whole log, believes what it hashed itself, and ends in time whatever comes."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, Shop
from pennywhistle.interfaces.console import log_source
from pennywhistle.interfaces.console.audit import audit, mirror
from pennywhistle.interfaces.console.kept_files import alone
from pennywhistle.interfaces.console.log_audit import load_state
from pennywhistle.interfaces.console.tests.log_on_disk import publish, served, shop_of
from pennywhistle.interfaces.console.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.interfaces.console.tests.log_on_disk import LogServer, _Handler

GOOD, WRONG, UNREADABLE = 0, 1, 2


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_source, "PAUSE_S", 0.01)


def run(command: object, *arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200"})


def audited(log: object, state: Path | None = None, *more: object) -> Result:
    kept = ["--from", state] if state else []
    return run(audit, "--log", log, *kept, *more)


def said(result: Result) -> str:
    """What was printed, without the frame and the ends of lines."""
    return " ".join(result.output.replace("│", " ").split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(shop_of(3, 300, 2), tmp_path / "log")
    return tmp_path / "log"


def test_an_honest_log_passes_from_a_folder_and_over_http(folder: Path) -> None:
    with served(folder) as server:
        for log in (folder, server.address):
            result = audited(log)
            assert result.exit_code == GOOD, result.output
            assert "All 308 entries, hashed again, give the signed root." in said(result)
            assert "The log has 3 pages, one row without a gap." in said(result)
            assert "The key came with the log." in said(result)


def test_the_next_audit_goes_on_where_the_last_one_ended(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    assert audited(folder, state).exit_code == GOOD
    grown = shop_of(3, 300, 2, 400)
    publish(grown, folder)

    with served(folder) as server:
        result = audited(server.address, state)
        assert result.exit_code == GOOD, result.output
        # Of what was read before, only the bundle that was not full then is read again.
        assert "tile/entries/000" not in server.asked
    assert "begins with the 308 entries that it had before" in said(result)
    kept = load_state(state)
    assert kept is not None
    assert kept.head == grown.checkpoint()


def test_an_audit_that_is_cut_off_goes_on_there(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    hidden = folder / "tile/entries/001.p/52"
    with served(folder) as server:

        def ends(handler: _Handler, path: str) -> bool:
            if not path.startswith("tile/entries/001"):
                return False
            handler.answer(503, b"")
            return True

        server.behave = ends
        result = audited(server.address, state)
        assert result.exit_code == UNREADABLE
        kept = load_state(state)
        assert kept is not None
        assert kept.ahead is not None
        assert (kept.ahead.tree.size, kept.audit.tree.size, kept.head) == (256, 0, b"")
        server.behave, server.asked = (lambda _handler, _path: False), []
        assert audited(server.address, state).exit_code == GOOD
        assert "tile/entries/000" not in server.asked
    assert hidden.is_file()


def tampered(shop: Shop, folder: Path, index: int) -> None:
    shop.records[index] = shop.leaf(index).encode()[:-1] + b"\x00"
    publish(shop, folder)


def test_a_rewritten_entry_is_found_and_both_heads_are_kept(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    before = shop_of(3, 300, 2).checkpoint()
    assert audited(folder, state).exit_code == GOOD
    shop = shop_of(3, 300, 2, 5)
    tampered(shop, folder, 10)

    result = audited(folder, state)
    assert result.exit_code == WRONG
    assert "the store signed two different histories" in said(result)
    (evidence,) = tmp_path.glob("state.json.evidence-*.json")
    both = json.loads(evidence.read_text())
    assert both["before"].encode() == before
    assert both["now"].encode() == shop.checkpoint()
    proven = run(verify, evidence, "--key", KEY.verifier.to_text())
    assert proven.exit_code == WRONG
    assert "Proven: store.example/log signed two different histories" in said(proven)
    # What was audited stays what it was: the next run says the same.
    kept = load_state(state)
    assert kept is not None
    assert kept.head == before


def test_two_heads_of_one_size_are_found(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    assert audited(folder, state).exit_code == GOOD
    tampered(shop_of(3, 300, 2), folder, 10)

    result = audited(folder, state)
    assert result.exit_code == WRONG
    assert "Two different heads of 308 entries are signed." in said(result)
    assert list(tmp_path.glob("state.json.evidence-*.json"))


def test_a_log_that_was_set_back_is_found(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    assert audited(folder, state).exit_code == GOOD
    shutil.rmtree(folder / "tile")
    publish(shop_of(3, 300), folder)

    result = audited(folder, state)
    assert result.exit_code == WRONG
    assert "The log had 308 entries before, and has 305 now. That is not proof yet" in said(result)
    assert list(tmp_path.glob("*evidence*")) == []
    # A copy that is only old says that it is: it still has the tiles of the larger head.
    publish(shop_of(3, 300, 2), folder)
    changed(folder, "checkpoint", shop_of(3, 300).checkpoint())
    result = audited(folder, state)
    assert result.exit_code == WRONG
    assert "its own beginning. An old copy" in said(result)


def test_tiles_that_do_not_fit_are_no_evidence(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    assert audited(folder, state).exit_code == GOOD
    publish(shop_of(3, 300, 2, 5), folder)
    for tile in (folder / "tile/0").glob("001.p/*"):
        flipped(folder, str(tile.relative_to(folder)))

    result = audited(folder, state)
    assert result.exit_code == WRONG
    assert "Its tiles do not prove that it begins with the 308 entries of before. That is not" in (
        said(result)
    )
    assert list(tmp_path.glob("*evidence*")) == []


@pytest.mark.parametrize("name", ["tile/0/001.p/52", "tile/entries/001.p/52"])
def test_what_was_bent_and_mended_is_read_again(tmp_path: Path, folder: Path, name: str) -> None:
    state = tmp_path / "state.json"
    good = (folder / name).read_bytes()
    flipped(folder, name)
    assert audited(folder, state).exit_code == WRONG

    changed(folder, name, good)
    assert audited(folder, state).exit_code == GOOD


def test_what_a_cut_off_run_was_shown_wrongly_does_not_stay(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    good = (folder / "tile/entries/000").read_bytes()
    flipped(folder, "tile/entries/000")
    with served(folder) as server:

        def ends(handler: _Handler, path: str) -> bool:
            if path.startswith("tile/entries/001"):
                handler.answer(503, b"")
            return path.startswith("tile/entries/001")

        server.behave = ends
        assert audited(server.address, state).exit_code == UNREADABLE
        changed(folder, "tile/entries/000", good)
        server.behave = lambda _handler, _path: False
        assert audited(server.address, state).exit_code == GOOD


def test_two_runs_do_not_use_one_state(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    with alone(state):
        result = audited(folder, state)

    assert result.exit_code == UNREADABLE
    assert "Another run uses" in said(result)
    assert audited(folder, state).exit_code == GOOD


def changed(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)


def flipped(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    changed(folder, name, bytes(data))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("tile/0/000", "tile/0/000 is not made of the entries below it."),
        ("tile/0/001.p/52", "tile/0/001.p/52 is not made of the entries below it."),
        ("tile/1/000.p/1", "tile/1/000.p/1 is not made of the entries below it."),
        ("tile/entries/000", "The 308 entries hash to another root than the signed one."),
    ],
)
def test_a_flipped_bit_is_found(folder: Path, name: str, sentence: str) -> None:
    flipped(folder, name)

    result = audited(folder)
    assert result.exit_code == WRONG
    assert sentence in said(result)


@pytest.mark.parametrize("name", ["tile/entries/000", "tile/entries/001.p/52", "tile/0/000"])
def test_a_file_that_is_cut_short_or_not_there_is_found(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    changed(folder, name, data[: len(data) // 2])
    assert audited(folder).exit_code == WRONG

    (folder / name).unlink()
    result = audited(folder)
    assert result.exit_code == WRONG
    assert f"{name.removesuffix('.p/52')} is not there." in said(result)


def test_a_wrong_signature_another_key_and_another_log_prove_nothing(folder: Path) -> None:
    other = SigningKey(KEY.name, bytes(32))
    assert audited(folder, None, "--key", other.verifier.to_text()).exit_code == WRONG
    head = Checkpoint("other.example/log", 308, shop_of(3, 300, 2).tree().root)
    changed(folder, "checkpoint", sign_checkpoint(head, KEY))
    assert audited(folder).exit_code == WRONG
    for junk in (b"", b"\x00" * 100, b"store.example/log\n-1\nAAAA\n\n"):
        changed(folder, "checkpoint", junk)
        assert audited(folder).exit_code == WRONG


def test_pages_that_leave_entries_out_are_found(folder: Path) -> None:
    shop = shop_of(3, 300, 2)
    index, page = shop.pages[2]
    narrow = replace(page.leaf, first_index=page.leaf.first_index + 1)
    shop.records[index] = narrow.encode()
    publish(shop, folder)

    result = audited(folder)
    assert result.exit_code == WRONG
    assert "Page 1 ends before entry 304, but page 2 begins at entry 305." in said(result)


def oversized(handler: _Handler, path: str) -> bool:
    if path == "checkpoint":
        handler.answer(200, b"x" * 1_000_000)
    return path == "checkpoint"


def oversized_tile(handler: _Handler, path: str) -> bool:
    if path == "tile/0/000":
        handler.answer(200, b"x" * 8_193)
    return path == "tile/0/000"


def redirecting(handler: _Handler, path: str) -> bool:
    handler.answer(302, b"", Location=f"/log/{path}")
    return True


def refusing(handler: _Handler, _path: str) -> bool:
    handler.answer(500, b"")
    return True


def dripping(handler: _Handler, path: str) -> bool:
    if path == "tile/entries/000":
        handler.drip()
    return path == "tile/entries/000"


@pytest.mark.parametrize(
    ("behave", "sentence"),
    [
        (oversized, "checkpoint is larger than a log's file can be."),
        (oversized_tile, "tile/0/000 is larger than a log's file can be."),
        (redirecting, "answers 302"),
        (refusing, "it answers 500"),
        (dripping, "does not give /log/tile/entries/000"),
    ],
)
def test_a_hostile_server_holds_nobody_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, behave: object, sentence: str
) -> None:
    monkeypatch.setattr(log_source, "SECONDS_MAX", 0.5)
    monkeypatch.setattr(log_source, "ATTEMPTS", 2)
    with served(folder) as server:
        server.behave = behave  # type: ignore[assignment]
        began_s = time.monotonic()
        result = audited(server.address, None, "--key", KEY.verifier.to_text())

    assert result.exit_code == UNREADABLE
    assert sentence in said(result)
    # Bounded, on whatever machine; it would drip for minutes.
    assert time.monotonic() - began_s < 120


def test_a_server_that_is_not_there_and_a_folder_that_is_none_are_told(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        address = server.address
    assert audited(address, None, "--key", KEY.verifier.to_text()).exit_code == UNREADABLE
    for log in (tmp_path / "nowhere", "ftp://store.example/log", "http://[", tmp_path):
        assert audited(log, None, "--key", KEY.verifier.to_text()).exit_code == UNREADABLE


def test_a_state_that_was_bent_is_mended_or_refused(tmp_path: Path, folder: Path) -> None:
    state = tmp_path / "state.json"
    assert audited(folder, state).exit_code == GOOD
    good, copy = state.read_text(), tmp_path / "state.json.copy"
    for bent in ("", "{}", good[:-20], good.replace('"size":308', '"size":307'), "[" * 99):
        state.write_text(bent)
        # One of the two copies is enough, and mends the other.
        assert audited(folder, state).exit_code == GOOD
        assert state.read_text() == copy.read_text() == good
        state.write_text(bent)
        copy.write_text(bent)
        # The head that was known is not forgotten in silence.
        assert audited(folder, state).exit_code == UNREADABLE
        state.write_text(good)
        copy.write_text(good)


def mirrored(server: LogServer, here: Path) -> Result:
    return run(mirror, server.address, here)


def test_a_mirror_is_whole_audited_and_goes_on(tmp_path: Path, folder: Path) -> None:
    here = tmp_path / "mirror"
    with served(folder) as server:
        assert mirrored(server, here).exit_code == GOOD
        publish(shop_of(3, 300, 2, 300), folder)
        server.asked = []
        assert mirrored(server, here).exit_code == GOOD
        assert "tile/entries/000" not in server.asked
    result = audited(here)
    assert result.exit_code == GOOD, result.output
    assert "All 609 entries" in said(result)


def test_a_mirror_keeps_its_head_when_the_log_turns_bad(tmp_path: Path, folder: Path) -> None:
    here = tmp_path / "mirror"
    with served(folder) as server:
        assert mirrored(server, here).exit_code == GOOD
        before = (here / "checkpoint").read_bytes()
        tampered(shop_of(3, 300, 2, 300), folder, 10)
        assert mirrored(server, here).exit_code == WRONG
    assert (here / "checkpoint").read_bytes() == before
    assert audited(here).exit_code == GOOD


@pytest.mark.parametrize("name", ["tile/0/001.p/52", "tile/entries/001.p/52", "tile/0/000"])
@pytest.mark.parametrize("left", [0, 10])
def test_a_mirror_heals_what_a_crash_left(
    tmp_path: Path, folder: Path, name: str, left: int
) -> None:
    here = tmp_path / "mirror"
    with served(folder) as server:
        assert mirrored(server, here).exit_code == GOOD
        changed(here, name, (here / name).read_bytes()[:left])
        for file in here.glob("audit.json*"):
            file.unlink()
        assert mirrored(server, here).exit_code == GOOD
    assert (here / name).read_bytes() == (folder / name).read_bytes()
    assert audited(here).exit_code == GOOD
    assert not (here / ".replaced").exists()


def test_a_mirror_that_was_killed_within_a_repair_loses_nothing(
    tmp_path: Path, folder: Path
) -> None:
    here = tmp_path / "mirror"
    with served(folder) as server:
        assert mirrored(server, here).exit_code == GOOD
        aside = here / ".replaced" / "tile" / "0"
        aside.mkdir(parents=True)
        (here / "tile/0/000").rename(aside / "000")
        changed(here, "tile/0/000", b"half")
        assert mirrored(server, here).exit_code == GOOD
    assert (here / "tile/0/000").read_bytes() == (folder / "tile/0/000").read_bytes()


def test_a_log_without_an_end_is_read_in_several_runs(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state.json"
    with served(folder) as server:
        monkeypatch.setattr(log_source, "RUN_BYTES_MAX", 9_000)
        result = audited(server.address, state)
        assert result.exit_code == UNREADABLE
        assert "more than one run takes" in said(result)
        monkeypatch.setattr(log_source, "RUN_BYTES_MAX", 10**9)
        assert audited(server.address, state).exit_code == GOOD
        monkeypatch.setattr(log_source, "RUN_SECONDS_MAX", -1.0)
        assert audited(server.address, state).exit_code == UNREADABLE
