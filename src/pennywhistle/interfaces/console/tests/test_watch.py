"""`watch` and `audit --payee`: silent while all is well, and exact about what is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.payee_audit import statement_digest, statement_subject
from pennywhistle.engines.tlog.policy import Policy, PolicyLog, format_policy
from pennywhistle.engines.tlog.receipt import build_receipt
from pennywhistle.engines.tlog.statement import Statement, build_statement
from pennywhistle.engines.tlog.terms import TermsArea, TermsOpening
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, Shop
from pennywhistle.interfaces.console import kept_files
from pennywhistle.interfaces.console.audit import audit
from pennywhistle.interfaces.console.tests.log_on_disk import publish, served, shop_of
from pennywhistle.interfaces.console.tests.test_audit import run, said
from pennywhistle.interfaces.console.watch import watch

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from pennywhistle.interfaces.console.tests.log_on_disk import _Handler

GOOD, WRONG, UNREADABLE, NEWS = 0, 1, 2, 3
PAYEE = 1


def part(shop: Shop, first: int, end: int, account: int = PAYEE) -> Statement:
    """An account's statement over some of the pages."""
    whole = shop.statement(account)
    pages = whole.pages[first:end]
    total = sum(line.amount_micro for page in pages for line in page.lines)
    return replace(whole, pages=pages, totals={"EUR": total})


class Payee:
    """A folder of statements, and the log they are audited against."""

    def __init__(self, place: Path, shop: Shop) -> None:
        self.shop, self.log, self.papers = shop, place / "log", place / "papers"
        self.papers.mkdir()
        publish(shop, self.log)

    def keep(self, name: str, statement: Statement) -> Path:
        file = self.papers / f"{name}.json"
        file.write_bytes(build_statement(statement))
        return file

    def audit(self, *files: Path) -> Result:
        given = [each for file in files for each in ("--payee", file)]
        return run(audit, "--log", self.log, *given)

    def audit_from(self, state: Path, *files: Path) -> Result:
        given = [each for file in files for each in ("--payee", file)]
        return run(audit, "--log", self.log, "--from", state, *given)

    def watch(self, place: Path, *more: object) -> Result:
        return run(watch, "--log", self.log, "--state", place / "watch", *more)


@pytest.fixture
def payee(tmp_path: Path) -> Payee:
    return Payee(tmp_path, shop_of(3, 0, 2, 4))


def test_statements_in_a_row_pass_and_are_carried_over(payee: Payee) -> None:
    one = payee.keep("one", part(payee.shop, 0, 2))
    other = payee.keep("other", part(payee.shop, 2, 4))

    # In whatever order they are given.
    result = payee.audit(other, one)
    assert result.exit_code == GOOD, result.output
    assert "They cover pages 0 to 3, each once." in said(result)
    assert "Pages 2 to 3 before 1.35 EUR added up 2.70 EUR after 4.05 EUR" in said(result)
    assert "of pages 0 to 1 was never announced" in said(result)


def test_a_page_between_two_statements_is_missed(payee: Payee) -> None:
    files = [payee.keep("a", part(payee.shop, 0, 1)), payee.keep("b", part(payee.shop, 2, 3))]

    result = payee.audit(*files)
    assert result.exit_code == WRONG
    assert "Pages 1 to 1 are on none of the statements." in said(result)


def test_a_page_on_two_statements_is_seen(payee: Payee) -> None:
    files = [payee.keep("a", part(payee.shop, 0, 2)), payee.keep("b", part(payee.shop, 1, 3))]

    result = payee.audit(*files)
    assert result.exit_code == WRONG
    assert "Page 1 is on two of the statements." in said(result)


def test_statements_that_begin_late_say_so_and_how_far_the_log_goes(payee: Payee) -> None:
    result = payee.audit(payee.keep("a", part(payee.shop, 2, 3)))

    assert result.exit_code == GOOD
    assert "They begin at page 2: what stood on the account before" in said(result)
    assert "The log goes on to page 3." in said(result)


def test_a_page_made_for_one_payee_is_not_in_the_log_that_everybody_sees(tmp_path: Path) -> None:
    everybodys, mine = shop_of(3, 2), shop_of(3)
    # For this payee the store leaves two sales out, in a log of its own.
    mine.close()
    payee = Payee(tmp_path, everybodys)
    file = payee.keep("mine", mine.statement(PAYEE))

    result = payee.audit(file)
    assert result.exit_code == WRONG
    assert "Page 1 of the statement is not page 1 of the log." in said(result)


def test_a_changed_posting_is_named_by_its_page(payee: Payee) -> None:
    statement = part(payee.shop, 0, 3)
    pages = list(statement.pages)
    lines = list(pages[2].lines)
    lines[1] = replace(lines[1], amount_micro=1)
    pages[2] = replace(pages[2], lines=tuple(lines))
    file = payee.keep("bent", replace(statement, pages=tuple(pages)))

    result = payee.audit(file)
    assert result.exit_code == WRONG
    assert "On page 2 at least one posting differs from what was sealed." in said(result)


def test_two_accounts_in_one_audit_and_junk_are_refused(payee: Payee) -> None:
    junk = payee.papers / "junk.json"
    junk.write_text("{}")
    both = [payee.keep("a", part(payee.shop, 0, 1)), payee.keep("b", part(payee.shop, 0, 1, 2))]

    for files in (both, [junk], [payee.papers / "none.json"]):
        assert payee.audit(*files).exit_code == UNREADABLE


def announced(shop: Shop, statement: Statement) -> None:
    pages = statement.pages[0].leaf.number, statement.pages[-1].leaf.number
    subject = statement_subject(statement.account, *pages)
    leaf = AnnouncedLeaf("T", subject, statement_digest(statement))
    shop.records.append(leaf.encode())


def test_a_statement_that_was_announced_is_known_again(payee: Payee) -> None:
    announced(payee.shop, part(payee.shop, 0, 2))
    publish(payee.shop, payee.log)

    result = payee.audit(payee.keep("a", part(payee.shop, 0, 2)))
    assert result.exit_code == GOOD
    assert "The statement of pages 0 to 1 is the one that the log announced." in said(result)


def test_a_rewritten_statement_is_seen(payee: Payee) -> None:
    honest = part(payee.shop, 0, 2)
    announced(payee.shop, replace(honest, totals={"EUR": 1}))
    publish(payee.shop, payee.log)
    file = payee.keep("a", part(payee.shop, 0, 2))

    result = payee.audit(file)
    assert result.exit_code == WRONG
    assert "announced another statement of pages 0 to 1 than this one" in said(result)
    announced(payee.shop, honest)
    publish(payee.shop, payee.log)
    result = payee.audit(file)
    assert result.exit_code == WRONG
    assert "account-1/pages-0-1 was announced in two versions." in said(result)


def test_a_watch_is_silent_while_all_is_well(tmp_path: Path, payee: Payee) -> None:
    payee.keep("a", part(payee.shop, 0, 4))

    for _ in range(2):
        result = payee.watch(tmp_path, "--statements", payee.papers)
        assert (result.exit_code, result.output) == (GOOD, "")


def test_a_watch_tells_once_of_new_terms(tmp_path: Path, payee: Payee) -> None:
    subjects = ("--subject", "release-7", "--subject", "account-1")
    assert payee.watch(tmp_path, *subjects).exit_code == GOOD
    for subject in ("release-7", "release-8", "release-7"):
        digest = bytes([len(payee.shop.records)]) * 32
        payee.shop.records.append(AnnouncedLeaf("C", subject, digest).encode())
    announced(payee.shop, part(payee.shop, 0, 2))
    publish(payee.shop, payee.log)

    result = payee.watch(tmp_path, *subjects)
    assert result.exit_code == NEWS
    assert "announces the terms of release-7: 0d0d" in said(result)
    assert "announces the terms of release-7 anew: 0f0f" in said(result)
    assert "announces the statement account-1/pages-0-1: " in said(result)
    assert "release-8" not in result.output
    assert payee.watch(tmp_path, *subjects).exit_code == GOOD


def test_a_watch_alarms_at_a_log_that_was_set_back_and_goes_on_alarming(
    tmp_path: Path, payee: Payee
) -> None:
    assert payee.watch(tmp_path).exit_code == GOOD
    publish(shop_of(3), payee.log)

    for _ in range(2):
        result = payee.watch(tmp_path)
        assert result.exit_code == WRONG
        assert "The log had 13 entries before, and has 4 now: its own" in said(result)
        assert "An old copy, which proves nothing against the store" in said(result)


def test_a_watch_alarms_at_a_bent_statement(tmp_path: Path, payee: Payee) -> None:
    payee.keep("wrong", replace(part(payee.shop, 0, 4), totals={"EUR": 1}))

    result = payee.watch(tmp_path, "--statements", payee.papers)
    assert result.exit_code == WRONG
    assert "wrong.json: The postings add up to 4.05 EUR" in said(result)


def test_a_watch_believes_the_key_that_it_saw_first(tmp_path: Path, payee: Payee) -> None:
    assert payee.watch(tmp_path).exit_code == GOOD
    other = Policy(logs=(PolicyLog(SigningKey(KEY.name, bytes(32)).verifier),))
    (payee.log / "tlog-policy").write_text(format_policy(other))

    assert payee.watch(tmp_path).exit_code == GOOD
    assert payee.watch(tmp_path / "anew").exit_code == WRONG


def test_a_watch_says_when_it_cannot_look(tmp_path: Path, payee: Payee) -> None:
    (payee.log / "checkpoint").unlink()

    result = payee.watch(tmp_path)
    assert result.exit_code == UNREADABLE
    assert "There is no checkpoint" in said(result)


def test_a_statement_that_cannot_be_read_mutes_neither_news_nor_alarms(
    tmp_path: Path, payee: Payee
) -> None:
    (payee.papers / "a.json").write_text("{")
    payee.keep("b", replace(part(payee.shop, 0, 4), totals={"EUR": 1}))
    payee.shop.records.append(AnnouncedLeaf("C", "release-7", bytes(32)).encode())
    publish(payee.shop, payee.log)

    result = payee.watch(tmp_path, "--subject", "release-7", "--statements", payee.papers)
    assert result.exit_code == WRONG
    assert "a.json: " in said(result)
    assert "b.json: The postings add up to 4.05 EUR" in said(result)
    assert "announces the terms of release-7" in said(result)


def test_statements_of_two_accounts_mute_neither_news_nor_alarms(
    tmp_path: Path, payee: Payee
) -> None:
    payee.keep("a", part(payee.shop, 0, 1))
    payee.keep("b", part(payee.shop, 0, 1, 2))
    arguments = (tmp_path, "--subject", "release-7", "--statements", payee.papers)
    assert payee.watch(*arguments).exit_code == UNREADABLE
    payee.shop.records.append(AnnouncedLeaf("C", "release-7", bytes(32)).encode())
    publish(payee.shop, payee.log)

    result = payee.watch(*arguments)
    assert result.exit_code == UNREADABLE
    assert "announces the terms of release-7" in said(result)
    publish(shop_of(3), payee.log)
    result = payee.watch(*arguments)
    assert result.exit_code == WRONG
    assert "The log had 14 entries before, and has 4 now: its own" in said(result)


def test_statements_are_audited_in_the_log_that_was_audited_before(
    tmp_path: Path, payee: Payee
) -> None:
    state, file = tmp_path / "state.json", payee.keep("a", part(payee.shop, 0, 4))
    assert payee.audit_from(state, file).exit_code == GOOD
    other = shop_of(3, 0, 2, 4, 1)
    other.records[0] = other.leaf(1).encode()
    publish(other, payee.log)

    assert payee.audit(file).exit_code == GOOD
    result = payee.audit_from(state, file)
    assert result.exit_code == WRONG
    assert "the store signed two different histories" in said(result)


def test_a_log_that_shows_each_look_another_head_is_read_under_one(
    tmp_path: Path, payee: Payee
) -> None:
    file = payee.keep("a", part(payee.shop, 0, 4))
    heads: list[bytes] = []
    with served(payee.log) as server:

        def behave(handler: _Handler, path: str) -> bool:
            if path == "checkpoint":
                heads.append(payee.shop.checkpoint())
                handler.answer(200, heads[-1])
                payee.shop.sell()
            return path == "checkpoint"

        server.behave = behave
        result = run(audit, "--log", server.address, "--from", tmp_path / "state", "--payee", file)
    assert result.exit_code == GOOD, result.output
    assert len(heads) == 1


def receipt_with_terms(payee: Payee, place: Path) -> tuple[Path, str]:
    """A receipt whose terms the log of the payee announces."""
    area = TermsArea(bytes(32), "song-1", "-", "EUR", 900_000, 900_000, ((1, Fraction(1)),))
    index = len(payee.shop.records)
    leaf = AnnouncedLeaf("C", "song-1", area.hash())
    payee.shop.records.append(leaf.encode())
    sale = payee.shop.sell()
    publish(payee.shop, payee.log)
    path = tuple(payee.shop.tree().path(index))
    terms = TermsOpening(leaf, index, path, area, 0, 1, ())
    file = place / "mine.tlog-proof"
    file.write_bytes(build_receipt(replace(payee.shop.receipt(sale), terms=terms)))
    return file, leaf.digest.hex()


def test_a_watch_compares_terms_with_those_that_were_agreed(tmp_path: Path, payee: Payee) -> None:
    file, digest = receipt_with_terms(payee, tmp_path)
    first = payee.watch(tmp_path, "--terms", file)
    assert first.exit_code == NEWS
    assert digest in said(first)
    assert payee.watch(tmp_path, "--terms", file).exit_code == GOOD

    payee.shop.records.append(AnnouncedLeaf("C", "song-1", bytes(32)).encode())
    publish(payee.shop, payee.log)
    for _ in range(2):
        result = payee.watch(tmp_path, "--terms", file)
        assert result.exit_code == WRONG
        assert "The newest terms of song-1, entry 15, are others than those of mine" in said(result)


def test_what_is_watched_later_is_known_from_the_beginning(tmp_path: Path, payee: Payee) -> None:
    file, digest = receipt_with_terms(payee, tmp_path)
    assert payee.watch(tmp_path).exit_code == GOOD

    result = payee.watch(tmp_path, "--subject", "song-1")
    assert result.exit_code == NEWS
    assert digest in said(result)
    assert payee.watch(tmp_path, "--subject", "song-1", "--terms", file).exit_code == GOOD


def test_a_watch_alarms_when_nothing_new_comes(
    tmp_path: Path, payee: Payee, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [1_800_000_000]
    monkeypatch.setattr("pennywhistle.interfaces.console.watch.time.time", lambda: now_s[0])
    assert payee.watch(tmp_path, "--quiet-hours", 48).exit_code == GOOD
    now_s[0] += 47 * 3_600
    assert payee.watch(tmp_path, "--quiet-hours", 48).exit_code == GOOD
    now_s[0] += 3_600
    result = payee.watch(tmp_path, "--quiet-hours", 48)
    assert result.exit_code == WRONG
    assert "Nothing new came for 48 hours: the log has 13 entries still." in said(result)
    assert payee.watch(tmp_path, "--quiet-hours", 0).exit_code == GOOD
    payee.shop.sell()
    publish(payee.shop, payee.log)
    assert payee.watch(tmp_path, "--quiet-hours", 48).exit_code == GOOD


def test_a_watch_of_many_announcements_writes_seldom(
    tmp_path: Path, payee: Payee, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3_000):
        leaf = AnnouncedLeaf("C", "release-7", number.to_bytes(32, "big"))
        payee.shop.records.append(leaf.encode())
    publish(payee.shop, payee.log)
    written: list[int] = []
    real = kept_files.write_whole

    def counted(file: Path, data: bytes) -> None:
        written.append(len(data))
        real(file, data)

    monkeypatch.setattr("pennywhistle.interfaces.console.watch.write_whole", counted)
    result = payee.watch(tmp_path, "--subject", "release-7")

    assert result.exit_code == NEWS
    assert result.output.count("announces") == 3_000
    assert len(written) < 10
