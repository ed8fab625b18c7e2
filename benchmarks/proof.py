"""The proof: sealing, closing pages, receipts, a year's statement, tiles beside nginx.

Entries have eight postings, as a sale with six payees has. `leaves_per_s` is sealing alone, from
the books to the signed head. `lag_s_p99` is from an entry's commit to the head that shows it, while
`--rate` entries a second come in and the sequencer works a round a second, as it does in a store.
`page_close_s_*` closes one page over 2,000 entries with so many accounts. `statement_year_s` opens
100,000 sales of one label on a page for every hour of a year, and verifies what it wrote.
`tiles_ratio_to_nginx` is the time for the same tiles from the store's own web server and from
nginx, over one connection each; it is left out where there is no nginx, `verify_ms_browser` where
there is no Node.js.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from download import nginx, web
from store import a_bench_store, report

if TYPE_CHECKING:
    from uuid import UUID

    from pennywhistle.apps.ledger.models import Entry
    from pennywhistle.apps.proof.log import Log

sys.path.append(str(Path(__file__).parent.parent / "tests"))

# Six payees and the store.
PAYEES, PRICE_MICRO = 7, 140_000
LEAVES, PAGE_ENTRIES = 20_000, 2_000
STATEMENT_SALES, STATEMENT_PAGES = 100_000, 8_760
VERIFIED_TIMES = 200
JUDGE = (
    Path(__file__).parent.parent / "src/pennywhistle/interfaces/common/tests/verify/judge_all.js"
)
START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Run everything once, in an order in which the books only grow, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=int, default=300)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--sales", type=int, default=STATEMENT_SALES)
    options.add_argument("--pages", type=int, default=STATEMENT_PAGES)
    options.add_argument("--leaves", type=int, default=LEAVES)
    options.add_argument("--accounts", type=int, nargs=2, default=[10_000, 100_000])
    asked = options.parse_args()
    few, many = asked.accounts
    with a_bench_store():
        from pennywhistle.apps.proof.signing import create_keys, the_signing_log

        create_keys(now=START)
        bench = Bench(the_signing_log())
        figures = bench.statement_year(sales=asked.sales, pages=asked.pages)
        figures |= bench.leaves(asked.leaves)
        figures |= bench.lag(rate=asked.rate, seconds=asked.seconds)
        figures |= {f"page_close_s_{few // 1_000}k": bench.page_close(few)}
        figures |= bench.receipt()
        figures |= {f"page_close_s_{many // 1_000}k": bench.page_close(many)}
        figures |= bench.tiles()
    report("proof", figures)


@dataclass
class Bench:
    """A store's books and its log, which fill up as the figures are taken."""

    log: Log
    numbers: count[int] = field(default_factory=count)
    at: datetime = START

    def __post_init__(self) -> None:
        from builders import a_buyer, a_store
        from pennywhistle.apps.ledger.models import Account

        a_store()
        self.buyer = Account.objects.get(user=a_buyer(balance="100000.00"), kind="balance").number
        self.open_accounts(100)

    def open_accounts(self, until: int) -> None:
        """Payees' accounts, until there are so many accounts in all."""
        from pennywhistle.apps.ledger.models import Account
        from pennywhistle.apps.parties.models import Party

        first = Account.objects.count()
        parties = Party.objects.bulk_create(
            [Party(name=f"Payee {n}", slug=f"payee-{n}") for n in range(first, until)],
            batch_size=5_000,
        )
        Account.objects.bulk_create(
            [
                Account(number=number, kind=Account.Kind.PAYEE, currency="USD", party=party)
                for number, party in enumerate(parties, first)
            ],
            batch_size=5_000,
        )
        self.payees = [*range(first, until)] or self.payees

    def sell(self, entries: int) -> list[UUID]:
        """Put so many sales into the books; the first payee is in each of them."""
        from pennywhistle.apps.ledger.models import Entry

        made = [self._entry() for _ in range(entries)]
        Entry.objects.bulk_create(made, batch_size=1_000)
        return [entry.pk for entry in made]

    def _entry(self) -> Entry:
        from pennywhistle.apps.ledger.models import Entry
        from pennywhistle.kernel.entry_id import new_entry_id

        part, number = PRICE_MICRO // (PAYEES + 1), next(self.numbers)
        others = [self.payees[(number + i) % len(self.payees)] for i in range(1, PAYEES)]
        accounts = [self.buyer, *dict.fromkeys([self.payees[0], *others])]
        rest = PRICE_MICRO - part * (len(accounts) - 2)
        return Entry(
            id=new_entry_id(self.at),
            kind=Entry.Kind.SALE,
            occurred_at=self.at,
            subject_id=self.buyer,
            item=f"track:bench{number % 1_000}",
            price_micro=PRICE_MICRO,
            territory="US",
            currency="USD",
            accounts=accounts,
            amounts_micro=[-PRICE_MICRO, rest, *(part for _ in accounts[2:])],
        )

    def seal(self) -> None:
        """Give all that waits its place, and sign the head."""
        from pennywhistle.apps.proof import work

        while work.order_waiting():
            work.publish(log=self.log)
        work.publish(log=self.log)

    def leaves(self, entries: int) -> dict[str, float]:
        """Sealing alone."""
        self.sell(entries)
        began = time.perf_counter()
        self.seal()
        return {"leaves_per_s": entries / (time.perf_counter() - began)}

    def page_close(self, accounts: int) -> float:
        """Seconds for one page."""
        from pennywhistle.apps.proof import work

        self.open_accounts(accounts)
        self.seal()
        work.close_page(log=self.log, now=self.at)
        self.sell(PAGE_ENTRIES)
        self.seal()
        began = time.perf_counter()
        work.close_page(log=self.log, now=self.at)
        took_s = time.perf_counter() - began
        self.seal()
        return took_s

    def lag(self, *, rate: int, seconds: float) -> dict[str, float]:
        """A writer and a sequencer side by side; each entry's way from its commit to a head."""
        from django.db import connection

        from pennywhistle.apps.proof.models import Leaf
        from pennywhistle.interfaces.console.sequencer import ROUND_S, run_round

        committed: dict[UUID, float] = {}
        heads: list[tuple[float, int]] = []
        stopping = threading.Event()

        def sequence() -> None:
            while not stopping.is_set():
                run_round(log=self.log, at=self.at)
                heads.append((time.monotonic(), Leaf.objects.count()))
                stopping.wait(ROUND_S)
            run_round(log=self.log, at=self.at)
            heads.append((time.monotonic(), Leaf.objects.count()))
            connection.close()

        sequencer = threading.Thread(target=sequence)
        sequencer.start()
        began = time.monotonic()
        while (now := time.monotonic()) - began < seconds:
            ids = self.sell(rate // 10)
            committed |= dict.fromkeys(ids, time.monotonic())
            time.sleep(max(0.0, 0.1 - (time.monotonic() - now)))
        stopping.set()
        sequencer.join()
        places = dict(
            Leaf.objects.filter(entry_id__in=committed).values_list("entry_id", "log_index")
        )
        lags = [
            next(at for at, size in heads if size > places[entry]) - since
            for entry, since in committed.items()
        ]
        return {
            "lag_s_p99": statistics.quantiles(lags, n=100)[-1],
            "lag_entries_per_s": len(lags) / seconds,
        }

    def receipt(self) -> dict[str, float]:
        """A sale's receipt, with names, without and with terms; the fewer accounts on its page."""
        from pennywhistle.apps.ledger.models import Entry
        from pennywhistle.engines.tlog.verify import verify_receipt

        sale = Entry.objects.filter(kind=Entry.Kind.SALE).latest("id")
        plain = self._receipt_of(sale)
        data = self._receipt_of(self._sale_by_terms())
        keys, times = [self.log.verifier], []
        for _ in range(VERIFIED_TIMES):
            began = time.perf_counter()
            verdict = verify_receipt(data, keys=keys)
            times.append(time.perf_counter() - began)
        assert verdict.passed
        assert verdict.state == "paged"
        assert {check.code for check in verdict.checks if check.passed is None} == {"buyer"}
        return {
            "receipt_bytes": len(plain),
            "receipt_bytes_with_terms": len(data),
            "verify_ms_python": statistics.median(times) * 1e3,
            **_in_node(data, self.log.verifier.to_text()),
        }

    def _receipt_of(self, sale: Entry) -> bytes:
        from pennywhistle.apps.proof.queries import receipt_file
        from pennywhistle.engines.tlog.receipt import ShownItem, ShownParty

        item = ShownItem(sale.item, "Rain on a Tin Roof", "The Copper Weather Ensemble")
        parties = [ShownParty(n, f"Somebody Whose Name Is {n}", "Composer") for n in sale.accounts]
        data = receipt_file(log=self.log, entry_id=sale.pk, items=[item], parties=parties)
        assert data is not None
        return data

    def _sale_by_terms(self) -> Entry:
        """One more sale, by terms that the log has before it, on a page of its own."""
        from pennywhistle.apps.proof import work
        from pennywhistle.apps.proof.announcing import announce
        from pennywhistle.apps.proof.models import Announcement
        from pennywhistle.engines.tlog.terms import TermsArea
        from pennywhistle.engines.tlog.tiles import encode_bundle

        sale = self._entry()
        shares = zip(sale.accounts[1:], sale.amounts_micro[1:], strict=True)
        parts = tuple((account, Fraction(amount, PRICE_MICRO)) for account, amount in shares)
        price = (PRICE_MICRO, PRICE_MICRO)
        area = TermsArea(bytes(range(32)), sale.item, "-", "USD", *price, parts)
        announce(
            kind=Announcement.Kind.TERMS,
            subject=sale.item,
            digest=area.hash(),
            document=encode_bundle([area.encode()]),
            now=self.at,
        )
        work.order_announced()
        sale.save(force_insert=True)
        self.seal()
        work.close_page(log=self.log, now=self.at)
        self.seal()
        return sale

    def statement_year(self, *, sales: int, pages: int) -> dict[str, float]:
        """A label's statement over an hourly page each, opened, written, and verified."""
        from pennywhistle.apps.proof import work
        from pennywhistle.apps.proof.models import Page
        from pennywhistle.apps.proof.queries import open_statement
        from pennywhistle.engines.tlog.statement import build_statement
        from pennywhistle.engines.tlog.verify import verify_statement

        for number in range(pages):
            self.at += timedelta(hours=1)
            self.sell(sales * (number + 1) // pages - sales * number // pages)
            while work.order_waiting():
                pass
            work.close_page(log=self.log, now=self.at)
        self.seal()
        rows = list(Page.objects.order_by("number"))
        began = time.perf_counter()
        statement = open_statement(log=self.log, account=self.payees[0], pages=rows)
        assert statement is not None
        data = build_statement(statement)
        opened_s = time.perf_counter() - began
        verdict = verify_statement(data, keys=[self.log.verifier])
        assert verdict.passed
        return {
            "statement_year_s": opened_s,
            "statement_year_bytes": len(data),
            "statement_year_verify_s": time.perf_counter() - began - opened_s,
        }

    def tiles(self) -> dict[str, float]:
        """The same tiles from our web server and from nginx."""
        if shutil.which("nginx") is None:
            return {}
        with tempfile.TemporaryDirectory(prefix="nginx-") as root:
            shutil.copytree(self.log.folder.root, Path(root) / "log")
            tiles = sorted((Path(root) / "log" / "tile" / "0").glob("[0-9]*"))
            paths = [f"/log/tile/0/{tile.name}" for tile in tiles if tile.is_file()]
            with nginx(Path(root)) as theirs, web() as (ours, _worker):
                _fetch(ours, paths), _fetch(theirs, paths)
                ratios = [_fetch(ours, paths) / _fetch(theirs, paths) for _ in range(5)]
        return {"tiles_ratio_to_nginx": statistics.median(ratios), "tiles": len(paths)}


def _fetch(port: int, paths: list[str]) -> float:
    """Seconds for all of them, over one connection."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path in paths:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == http.client.OK, (path, answer.status)
        assert content, path
    connection.close()
    return time.perf_counter() - began


def _in_node(data: bytes, vkey: str) -> dict[str, float]:
    """The browser's verifier, in the engine that Chromium has too; without its first, cold runs."""
    from pennywhistle.interfaces.shop.verdict_words import verdict_words

    node = shutil.which("node")
    if node is None:
        return {}
    now_us = str(time.time_ns() // 1_000)
    case = {"data": b64encode(data).decode(), "vkeys": [vkey], "nowUs": now_us}
    sent = json.dumps({"cases": [case] * VERIFIED_TIMES, "words": verdict_words()}, default=str)
    done = subprocess.run(
        [node, str(JUDGE)], input=sent, capture_output=True, text=True, check=True
    )
    verdicts = json.loads(done.stdout)
    assert all(each["passed"] for each in verdicts)
    return {"verify_ms_browser": statistics.median(each["ms"] for each in verdicts)}


if __name__ == "__main__":
    main()
