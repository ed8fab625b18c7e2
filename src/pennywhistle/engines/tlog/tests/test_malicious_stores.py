"""Each store does one cheat of docs/algorithms/proof.md, and exactly its victims' checks say so.

Everybody looks each time: every buyer at their receipt, every payee at their statement in the log,
a stranger at the whole log, and a witness at each new head. Who is not named must see nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.audit import audit_records
from pennywhistle.engines.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.delegation import sign_delegation
from pennywhistle.engines.tlog.heads import Relation, compare_heads
from pennywhistle.engines.tlog.look import find_leaf
from pennywhistle.engines.tlog.merkle import Tree, consistency_path, leaf_hash, tree_root
from pennywhistle.engines.tlog.page import close_page
from pennywhistle.engines.tlog.payee_audit import (
    PayeeLog,
    payee_checks,
    statement_digest,
    statement_subject,
)
from pennywhistle.engines.tlog.promise import Promise, Terms, build_promise, sign_promise
from pennywhistle.engines.tlog.promise_checks import LookedUp, verify_promise
from pennywhistle.engines.tlog.receipt import Receipt, build_receipt
from pennywhistle.engines.tlog.statement import Statement, build_statement
from pennywhistle.engines.tlog.terms import TermsArea, TermsOpening
from pennywhistle.engines.tlog.tests.sealed_shop import (
    BUYER,
    DAY_US,
    KEY,
    KEYS,
    SECRET,
    SOLD_US,
    SPLIT,
    TILL,
    Shop,
    sale_lines,
)
from pennywhistle.engines.tlog.verify import verify_receipt, verify_statement
from pennywhistle.engines.tlog.witness import (
    AddCheckpoint,
    Seen,
    WitnessRefusedError,
    check_growth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.engines.tlog.checks import Check

LABEL, STRAW = 3, 5
PRICE = sum(SPLIT.values())
BROKEN = (
    "Broken: the store signed that this sale would be in its log by 2026-09-22 14:13 UTC. None of"
    " the 9 entries is it. This file, and the log's signed head of now, are evidence."
)
# Who sees something, and by which checks with which words.
Sight = dict[str, dict[str, str]]


@dataclass
class Store(Shop):
    """An honest store; what a cheat shows to somebody in place of the truth is put over it."""

    shown_receipts: dict[int, Receipt] = field(default_factory=dict)
    shown_statements: dict[int, list[Statement]] = field(default_factory=dict)
    heads: list[tuple[list[bytes], bytes]] = field(default_factory=list)
    # What buyers were handed of sales that others may not see.
    promises: list[Promise] = field(default_factory=list)
    handed_out: list[Receipt] = field(default_factory=list)
    area: TermsArea | None = None

    def announce(self, kind: str, subject: str, digest: bytes) -> None:
        self.records.append(AnnouncedLeaf(kind, subject, digest).encode())  # type: ignore[arg-type]

    def announce_terms(self, split: dict[int, int]) -> None:
        parts = tuple((account, Fraction(amount, PRICE)) for account, amount in split.items())
        self.area = TermsArea(bytes(32), "song-1", "-", "EUR", PRICE, PRICE, parts)
        self.terms_index = len(self.records)
        self.announce("C", "song-1", tree_root([self.area.hash()]))

    def receipt(self, index: int) -> Receipt:
        """A receipt with the terms that were announced last."""
        if self.area is None:
            return super().receipt(index)
        terms = TermsOpening(
            leaf=AnnouncedLeaf.decode(self.records[self.terms_index]),
            index=self.terms_index,
            path=tuple(self.tree().path(self.terms_index)),
            area=self.area,
            place=0,
            count=1,
            area_path=(),
        )
        return replace(super().receipt(index), terms=terms)

    def publish_head(self) -> None:
        """Show the newest head to the witness."""
        self.heads.append((list(self.records), self.checkpoint()))


def honest() -> Store:
    """Terms, three sales, a page, one more sale, a page, and the first page's statement."""
    store = Store()
    store.announce_terms(SPLIT)
    for _ in range(3):
        store.sell()
    store.close()
    store.publish_head()
    store.sell()
    store.close()
    store.publish_head()
    return store


def wrong(checks: tuple[Check, ...] | list[Check]) -> dict[str, str]:
    return {check.code: check.sentence for check in checks if check.passed is False}


def everybody_looks(store: Store) -> Sight:
    """What buyers, payees, a stranger and a witness find wrong; nobody who finds nothing."""
    found: Sight = {}
    for index in store.sales:
        receipt = store.shown_receipts.get(index) or store.receipt(index)
        verdict = verify_receipt(build_receipt(receipt), keys=KEYS)
        found[f"buyer {index}"] = wrong(verdict.checks)
    for account in (*SPLIT, BUYER):
        statements = store.shown_statements.get(account) or [store.statement(account)]
        found[f"payee {account}"] = payee_looks(store, statements)
    for promise in store.promises:
        found["promised"] = promised_looks(store, promise)
    for receipt in store.handed_out:
        assert wrong(verify_receipt(build_receipt(receipt), keys=KEYS).checks) == {}
        found["compares"] = compares(store, receipt)
    found["stranger"] = wrong(audit_records(store.records))
    found["witness"] = witness_looks(store)
    return {who: said for who, said in found.items() if said}


def promised_looks(store: Store, promise: Promise) -> dict[str, str]:
    """A buyer two days after the sale, with the promise and the log that everybody sees."""
    files, head = store.files(), open_checkpoint(store.checkpoint(), keys=KEYS, origin=KEY.name)
    index = find_leaf(files.__getitem__, head, promise.leaf.hash(), after=promise.after)
    verdict = verify_promise(
        build_promise(promise),
        keys=KEYS,
        now_us=SOLD_US + 2 * DAY_US,
        found=LookedUp(index, head.size),
    )
    return wrong(verdict.checks)


def compares(store: Store, receipt: Receipt) -> dict[str, str]:
    """`verify --log`: the head of a receipt beside that which everybody sees."""
    then = open_checkpoint(receipt.checkpoint, keys=KEYS, origin=KEY.name)
    now = open_checkpoint(store.checkpoint(), keys=KEYS, origin=KEY.name)
    compared = compare_heads(then, now, store.files().__getitem__)
    if compared.relation is not Relation.FORKED:
        return {}
    return {"forked": f"Two heads of {min(then.size, now.size)} entries."}


def payee_looks(store: Store, statements: list[Statement]) -> dict[str, str]:
    said: dict[str, str] = {}
    for each in statements:
        said |= wrong(verify_statement(build_statement(each), keys=KEYS).checks)
    log = PayeeLog(statements[0].account, range(100))
    for index, data in enumerate(store.records):
        log.add(index, data)
    return said | wrong(payee_checks(statements, log))


def witness_looks(store: Store) -> dict[str, str]:
    seen = Seen()
    for records, note in store.heads:
        hashes = [leaf_hash(data) for data in records]
        head = Checkpoint(KEY.name, len(hashes), tree_root(hashes))
        path = consistency_path(hashes, seen.size) if seen.size <= len(hashes) else []
        try:
            check_growth(seen, AddCheckpoint(seen.size, tuple(path), note), head)
        except WitnessRefusedError as error:
            return {"refused": str(error)}
        seen = Seen(head.size, head.root, 0)
    return {}


def leaves_a_posting_out() -> tuple[Store, Sight]:
    store = Store()
    store.announce_terms(SPLIT)
    first, _ = store.sell(), store.sell()
    postings = store.postings()
    left_out = store.sales[first][1]
    postings[1].remove(left_out.hash())
    store.close(postings)
    sentence = (
        "Account 1 (Ada) was not credited: line 1 of page 0 does not hold its posting of 0.45 EUR."
    )
    return store, {f"buyer {first}": {"credited-1": sentence}}


def credits_a_straw_account() -> tuple[Store, Sight]:
    store = honest()
    index = store.sell(sale_lines(99, split={**SPLIT, 1: 350_000, STRAW: 100_000}))
    store.close()
    sentence = f"Account {STRAW} got 0.10 EUR, but the published terms do not name it."
    return store, {f"buyer {index}": {"split-published": sentence}}


def hides_part_of_an_opened_line() -> tuple[Store, Sight]:
    store = honest()
    statement = store.statement(LABEL)
    first = replace(statement.pages[0], lines=statement.pages[0].lines[1:])
    totals = {"EUR": 3 * SPLIT[LABEL]}
    shown = replace(statement, pages=(first, *statement.pages[1:]), totals=totals)
    store.shown_statements[LABEL] = [shown]
    sentence = f"On page 0 the store sealed 3 postings for account {LABEL}, but opens 2."
    return store, {f"payee {LABEL}": {"postings-complete": sentence}}


def drops_a_page() -> tuple[Store, Sight]:
    store = honest()
    index, page = store.pages[1]
    late = replace(page.leaf, number=2)
    store.pages[1] = index, replace(page, leaf=late)
    store.records[index] = late.encode()
    # It never published the page that it dropped.
    store.heads.clear()
    sentence = "After page 0 comes page 2."
    everybody = {"pages-consecutive": sentence}
    return store, {
        **{f"payee {account}": everybody for account in (*SPLIT, BUYER)},
        "stranger": everybody,
    }


def lets_accounts_disappear() -> tuple[Store, Sight]:
    store = honest()
    store.account_count = 5
    store.sell()
    store.close()
    everybody = {"accounts-kept": "Page 2 has 5 accounts, page 1 had 6."}
    return store, {
        **{f"payee {account}": everybody for account in (*SPLIT, BUYER)},
        "stranger": everybody,
    }


def shows_two_histories() -> tuple[Store, Sight]:
    store = honest()
    other = Store()
    other.announce_terms(SPLIT)
    for _ in range(9):
        other.sell()
    store.heads.append((other.records, other.checkpoint()))
    return store, {"witness": {"refused": "The path leads to other roots."}}


def goes_back() -> tuple[Store, Sight]:
    store = honest()
    store.heads.append(store.heads[0])
    return store, {"witness": {"refused": "The old size is larger than the checkpoint's."}}


def never_logs_the_sale() -> tuple[Store, Sight]:
    """It takes the money, promises, and goes on selling to everybody else."""
    store = honest()
    sale = sale_lines(77)
    store.promises.append(store.promise(sale))
    store.sell()
    store.close()
    sentence = BROKEN
    return store, {"promised": {"promise-kept": sentence}}


def logs_the_sale_for_its_buyer_alone() -> tuple[Store, Sight]:
    """The buyer gets a receipt that passes, in a log that nobody else is shown."""
    store = honest()
    sale = sale_lines(77)
    store.promises.append(store.promise(sale))
    fork = honest()
    index = fork.sell(sale)
    fork.close()
    store.sell()
    store.close()
    store.handed_out.append(fork.receipt(index))
    promised = BROKEN
    return store, {
        "promised": {"promise-kept": promised},
        "compares": {"forked": "Two heads of 9 entries."},
    }


def logs_another_split_than_it_promised() -> tuple[Store, Sight]:
    store = honest()
    store.promises.append(store.promise(sale_lines(77)))
    store.sell(sale_lines(77, split={**SPLIT, 1: 440_000, 4: 100_000}))
    store.close()
    index = max(store.sales)
    promised = BROKEN
    split = "Account 1 got 0.44 EUR, but its published share is 1/2 of 0.90 EUR."
    return store, {
        "promised": {"promise-kept": promised},
        f"buyer {index}": {"split-published": split},
    }


def promises_for_another_century() -> tuple[Store, Sight]:
    store = honest()
    late = store.promise(sale_lines(77), by_us=SOLD_US + 80 * 365 * DAY_US)
    delegation = sign_delegation(TILL.verifier, until_us=2**62, signers=[KEY])
    terms = Terms(KEY.name, late.leaf, late.after, late.by_us)
    note = sign_promise(terms, key=TILL, delegation=delegation)
    store.promises.append(replace(late, note=note))
    sentence = "It promises nothing before 2106-09-02 14:13 UTC, long after the sale."
    return store, {"promised": {"promised-soon": sentence}}


def rewrites_an_old_statement() -> tuple[Store, Sight]:
    store = honest()
    statement = store.statement(LABEL)
    first, last = statement.pages[0].leaf.number, statement.pages[-1].leaf.number
    subject = statement_subject(LABEL, first, last)
    store.announce("T", subject, statement_digest(replace(statement, totals={"EUR": 1})))
    sentence = f"The log announced another statement of pages {first} to {last} than this one."
    return store, {f"payee {LABEL}": {"statement-announced": sentence}}


def shows_each_payee_a_page_of_their_own() -> tuple[Store, Sight]:
    store = honest()
    other = Store()
    other.announce_terms(SPLIT)
    other.sell()
    other.close()
    store.shown_statements[LABEL] = [other.statement(LABEL)]
    sentence = "Page 0 of the statement is not page 0 of the log."
    return store, {f"payee {LABEL}": {"pages-published": sentence}}


def publishes_two_pages_for_one_interval() -> tuple[Store, Sight]:
    store = honest()
    postings = {account: [] for account in range(6)}
    second = close_page(
        number=1, account_count=6, first_index=5, end_index=6,
        line_hashes=postings, secret=SECRET,
    )  # fmt: skip
    store.records.append(second.leaf.encode())
    return store, {"stranger": {"pages-consecutive": "After page 1 comes page 1."}}


def invents_a_refund() -> tuple[Store, Sight]:
    """The payees lose money by a reversal nobody asked for; only the buyer knows that."""
    store = honest()
    lines = [replace(x, amount_micro=-x.amount_micro) for x in sale_lines(77, price_micro=PRICE)]
    store.sell(lines)
    store.close()
    return store, {}


CHEATS: list[Callable[[], tuple[Store, Sight]]] = [
    leaves_a_posting_out,
    credits_a_straw_account,
    hides_part_of_an_opened_line,
    drops_a_page,
    lets_accounts_disappear,
    shows_two_histories,
    goes_back,
    never_logs_the_sale,
    logs_the_sale_for_its_buyer_alone,
    logs_another_split_than_it_promised,
    promises_for_another_century,
    rewrites_an_old_statement,
    shows_each_payee_a_page_of_their_own,
    publishes_two_pages_for_one_interval,
    invents_a_refund,
]


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.__name__.replace("_", " "))
def test_who_is_cheated_sees_it_and_nobody_else_is_alarmed(
    cheat: Callable[[], tuple[Store, Sight]],
) -> None:
    store, expected = cheat()
    assert everybody_looks(store) == expected


def test_nobody_is_alarmed_by_an_honest_store() -> None:
    assert everybody_looks(honest()) == {}


def test_an_invented_refund_is_on_the_buyers_own_line() -> None:
    store, _ = invents_a_refund()

    lines = [line for page in store.statement(BUYER).pages for line in page.lines]
    returned = [line for line in lines if line.amount_micro > 0]
    assert [line.amount_micro for line in returned] == [PRICE]


def test_a_label_finds_the_terms_that_it_never_agreed_to_in_the_log() -> None:
    store = honest()
    agreed = {leaf.digest for leaf in announced_terms(store)}
    store.announce_terms({**SPLIT, 1: 350_000, STRAW: 100_000})

    assert [leaf.subject for leaf in announced_terms(store) if leaf.digest not in agreed] == [
        "song-1"
    ]


def announced_terms(store: Store) -> list[AnnouncedLeaf]:
    return [AnnouncedLeaf.decode(data) for data in store.records if data[:1] == b"C"]


def test_two_signed_heads_of_one_size_are_the_evidence() -> None:
    store = honest()
    (records, note) = store.heads[-1]
    other = [*records[:-1], records[0]]
    forged = sign_checkpoint(
        Checkpoint(KEY.name, len(other), Tree([leaf_hash(x) for x in other]).root), KEY
    )
    store.heads.append((other, forged))

    assert everybody_looks(store) == {"witness": {"refused": "Another root is known."}}
    assert note != forged
