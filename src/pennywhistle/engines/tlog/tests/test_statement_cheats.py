"""A store that cheats, and the check of the payee's statement that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.audit import audit_records
from pennywhistle.engines.tlog.merkle import EMPTY_ROOT
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.statement import (
    Statement,
    StatementInvalidError,
    StatementPage,
    build_statement,
    parse_statement,
)
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, KEYS, Shop
from pennywhistle.engines.tlog.verify import StatementVerdict, verify_statement

if TYPE_CHECKING:
    from pennywhistle.engines.tlog.page import Page


def judged(statement: Statement) -> StatementVerdict:
    return verify_statement(build_statement(statement), keys=KEYS)


def failures(statement: Statement) -> dict[str, str]:
    verdict = judged(statement)
    assert verdict.passed is all(check.passed for check in verdict.checks)
    return {check.code: check.sentence for check in verdict.checks if check.passed is False}


def shop_of_pages(*sales: int) -> Shop:
    shop = Shop()
    for count in sales:
        for _ in range(count):
            shop.sell()
        shop.close()
    return shop


def with_page(statement: Statement, at: int, **changes: object) -> Statement:
    pages = list(statement.pages)
    pages[at] = replace(pages[at], **changes)  # type: ignore[arg-type]
    return replace(statement, pages=tuple(pages))


def test_an_honest_statement_passes_and_adds_up() -> None:
    verdict = judged(shop_of_pages(3, 0, 2).statement(1))

    assert verdict.passed
    assert verdict.totals_micro == {"EUR": 5 * 450_000}
    assert verdict.page_numbers == (0, 2)
    assert [check.sentence for check in verdict.checks] == [
        "store.example/log signed the state of its log with 8 entries.",
        "All 3 pages are in the signed log of 8 entries.",
        "Pages 0 to 2 follow one another without a gap.",
        "The number of accounts never fell; it is 6 now.",
        "Each page has line 1 as this statement shows it.",
        "All 5 postings are opened, exactly as they were sealed.",
        "The postings add up to 2.25 EUR, as stated.",
    ]


def test_an_account_without_sales_gets_an_empty_statement_that_is_proven_too() -> None:
    verdict = judged(replace(shop_of_pages(3).statement(5), totals={}))

    assert verdict.passed
    assert verdict.checks[-1].sentence == "The postings add up to nothing, as stated."


def test_a_statement_is_read_as_it_was_written() -> None:
    statement = shop_of_pages(3, 0, 2).statement(1)
    assert parse_statement(build_statement(statement)) == statement


def test_hiding_a_posting_is_seen_by_the_payee() -> None:
    statement = shop_of_pages(3, 2).statement(1)
    lines = statement.pages[0].lines

    assert failures(with_page(statement, 0, lines=lines[1:])) == {
        "postings-complete": "On page 0 the store sealed 3 postings for account 1, but opens 2.",
        "total": "The postings add up to 1.80 EUR, but the statement says 2.25 EUR.",
    }


def test_a_posting_shown_twice_is_seen_by_the_payee() -> None:
    statement = shop_of_pages(1).statement(1)
    twice = with_page(statement, 0, lines=statement.pages[0].lines * 2)

    assert failures(replace(twice, totals={"EUR": 900_000})) == {
        "postings-complete": "On page 0 the store sealed 1 postings for account 1, but opens 2."
    }


def test_hiding_a_posting_and_its_count_is_seen_by_the_payee() -> None:
    statement = shop_of_pages(3).statement(1)
    opening = statement.pages[0].opening
    assert opening is not None
    forged = replace(opening, line=replace(opening.line, posting_count=0, postings_root=EMPTY_ROOT))
    hidden = with_page(statement, 0, lines=(), opening=forged)

    assert failures(replace(hidden, totals={})) == {
        "line-on-every-page": "What the statement shows is not line 1 of page 0."
    }


def test_opening_another_accounts_line_is_seen_by_the_payee() -> None:
    shop = shop_of_pages(3)
    statement, other = shop.statement(1), shop.statement(5)

    found = failures(with_page(statement, 0, opening=other.pages[0].opening, lines=()))
    assert found["line-on-every-page"] == "What the statement shows is not line 1 of page 0."


def test_a_smaller_amount_is_seen_by_the_payee() -> None:
    statement = shop_of_pages(1).statement(1)
    less = replace(statement.pages[0].lines[0], amount_micro=400_000)

    forged = replace(with_page(statement, 0, lines=(less,)), totals={"EUR": 400_000})
    assert failures(forged) == {
        "postings-complete": "On page 0 at least one posting differs from what was sealed."
    }


def test_a_dropped_page_is_seen_by_the_payee() -> None:
    statement = shop_of_pages(1, 2, 3).statement(1)
    pages = (statement.pages[0], statement.pages[2])

    assert failures(replace(statement, pages=pages, totals={"EUR": 4 * 450_000})) == {
        "pages-consecutive": "After page 0 comes page 2."
    }


def renumbered(page: Page, **changes: int) -> Page:
    return replace(page, leaf=replace(page.leaf, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": 2}, "After page 0 comes page 2."),
        ({"number": 0}, "After page 0 comes page 0."),
        ({"first_index": 2}, "Page 0 ends before entry 1, but page 1 begins at entry 2."),
        ({"first_index": 0}, "Page 0 ends before entry 1, but page 1 begins at entry 0."),
    ],
)
def test_pages_that_do_not_meet_are_seen_by_the_payee_and_by_everybody(
    changes: dict[str, int], sentence: str
) -> None:
    shop = Shop()
    shop.sell()
    shop.close()
    shop.sell()
    honest = shop.close()
    shop.records.pop()
    shop.pages.pop()
    shop.publish(renumbered(honest, **changes))

    assert failures(shop.statement(1)) == {"pages-consecutive": sentence}
    audit = audit_records(shop.records)
    assert [check.passed for check in audit] == [True, False, True]
    assert audit[1].sentence == sentence


def test_a_log_whose_first_page_begins_late_is_seen() -> None:
    shop = Shop()
    shop.sell()
    honest = shop.close()
    shop.records.pop()
    shop.pages.pop()
    shop.publish(renumbered(honest, first_index=1))

    sentence = "Page 0 does not begin at the beginning of the log."
    assert failures(shop.statement(1)) == {"pages-consecutive": sentence}
    assert audit_records(shop.records)[1].sentence == sentence


def test_accounts_that_disappear_are_seen() -> None:
    shop = shop_of_pages(1)
    shop.account_count = 5
    shop.sell()
    shop.close()

    sentence = "Page 1 has 5 accounts, page 0 had 6."
    assert failures(shop.statement(1)) == {"accounts-kept": sentence}
    assert audit_records(shop.records)[2].sentence == sentence


def test_pages_older_than_the_account_have_no_line_of_it() -> None:
    shop = shop_of_pages(1)
    shop.account_count = 8
    shop.sell()
    shop.close()
    statement = shop.statement(7)

    assert statement.pages[0].opening is None
    assert judged(statement).passed
    without = with_page(statement, 1, opening=None)
    assert failures(without) == {
        "line-on-every-page": "The statement does not open line 7 of page 1."
    }


def test_a_posting_on_a_page_without_the_account_is_refused() -> None:
    shop = shop_of_pages(1)
    shop.account_count = 8
    shop.close()
    statement = shop.statement(7)
    stray = replace(shop.sales[0][1], account=7)

    found = failures(with_page(statement, 0, lines=(stray,)))
    assert found["line-on-every-page"] == "The statement does not open line 7 of page 0."


def test_a_page_that_is_not_in_the_log_is_seen() -> None:
    statement = shop_of_pages(1, 1).statement(1)

    assert failures(with_page(statement, 1, index=2)) == {
        "pages-in-log": "Entry 2 of the log is not this page 1."
    }


def test_a_page_cannot_cover_what_came_after_it() -> None:
    shop = Shop()
    shop.sell()
    honest = shop.close()
    shop.records.pop()
    shop.pages.pop()
    shop.publish(renumbered(honest, end_index=5))

    sentence = "Page 0 claims entries that came after it."
    assert failures(shop.statement(1)) == {"pages-in-log": sentence}
    assert audit_records(shop.records)[1].sentence == sentence


def test_a_wrong_total_is_seen_by_the_payee() -> None:
    statement = shop_of_pages(2).statement(1)

    assert failures(replace(statement, totals={"EUR": 900_001})) == {
        "total": "The postings add up to 0.90 EUR, but the statement says 0.900001 EUR."
    }
    assert failures(replace(statement, totals={"EUR": 900_000, "USD": 1})) == {
        "total": "The postings add up to 0.00 USD, but the statement says 0.000001 USD."
    }


def test_a_statement_that_the_store_did_not_sign_proves_nothing() -> None:
    data = build_statement(shop_of_pages(2).statement(1))

    verdict = verify_statement(data, keys=[SigningKey(KEY.name, bytes(32)).verifier])
    assert not verdict.passed
    assert [check.passed for check in verdict.checks[:2]] == [False, None]


def test_an_honest_log_passes_the_audit() -> None:
    audit = audit_records(shop_of_pages(2, 0, 1).records)

    assert all(check.passed for check in audit)
    assert audit[1].sentence == "The log has 3 pages, one row without a gap."
    assert all(check.passed for check in audit_records([]))


def test_two_pages_for_one_interval_are_seen_by_whoever_reads_the_log() -> None:
    shop = shop_of_pages(2)
    shop.records.append(shop.pages[0][1].leaf.encode())

    assert audit_records(shop.records)[1].sentence == "After page 0 comes page 0."


def test_a_log_that_begins_with_a_later_page_or_with_garbage_is_seen() -> None:
    later = renumbered(shop_of_pages(0).pages[0][1], number=3).leaf.encode()

    assert audit_records([later])[1].sentence == "The first page of the log is page 3."
    assert audit_records([b"X"])[0].sentence.startswith("Entry 0 of the log cannot be read: ")


def test_a_statement_that_could_not_be_read_is_not_written() -> None:
    statement = shop_of_pages(1).statement(1)

    nothing: tuple[StatementPage, ...] = ()
    with pytest.raises(StatementInvalidError, match="“pages” is empty"):
        build_statement(replace(statement, pages=nothing))
