"""A small store in memory that seals sales, closes pages, and can be made to cheat."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.delegation import sign_delegation, till_name
from pennywhistle.engines.tlog.merkle import Tree, leaf_hash, tree_root
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.page import Page, PageInvalidError, Place, close_page
from pennywhistle.engines.tlog.promise import Promise, Terms, sign_promise
from pennywhistle.engines.tlog.receipt import PageOpening, Receipt, ShownItem, ShownParty
from pennywhistle.engines.tlog.records import EntryLeaf, Line, line_salt
from pennywhistle.engines.tlog.statement import Statement, StatementPage
from pennywhistle.engines.tlog.tiles import bundles_to_write, tiles_to_write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEY = SigningKey("store.example/log", bytes(range(32)))
KEYS = [KEY.verifier]
TILL = SigningKey(till_name(KEY.name), bytes(range(32, 64)))
SOLD_US = 1_790_000_000_000_000
DAY_US = 86_400_000_000
DELEGATION = sign_delegation(TILL.verifier, until_us=SOLD_US + 365 * DAY_US, signers=[KEY])
SECRET = bytes(range(100, 132))
BUYER = 0
# To the micro-unit, 0.90 EUR: two artists, the label, the store.
SPLIT = {1: 450_000, 2: 225_000, 3: 135_000, 4: 90_000}
NAMES = {1: "Ada", 2: "Ben", 3: "Little Label", 4: "The store"}


def sale_lines(
    number: int,
    *,
    split: Mapping[int, int] | None = None,
    item: str = "song-1",
    paid_micro: int | None = None,
    price_micro: int | None = None,
) -> list[Line]:
    """Lines of sale `number`: the buyer's first, then one per payee."""
    split = SPLIT if split is None else split
    price = sum(split.values())
    amounts = {BUYER: -price if paid_micro is None else -paid_micro, **split}
    entry_id = sha256(str(number).encode()).digest()[:16]
    return [
        Line(
            salt=line_salt(SECRET, entry_id, j),
            entry_id=entry_id,
            j=j,
            account=account,
            amount_micro=amount,
            currency="EUR",
            item=item,
            price_micro=price if price_micro is None else price_micro,
            territory="DE",
            occurred_at_us=SOLD_US + number,
        )
        for j, (account, amount) in enumerate(amounts.items())
    ]


@dataclass
class Shop:
    """The log's records, the lines behind each sale, and the pages with their log index."""

    account_count: int = 6
    records: list[bytes] = field(default_factory=list)
    sales: dict[int, list[Line]] = field(default_factory=dict)
    pages: list[tuple[int, Page]] = field(default_factory=list)

    def sell(self, lines: Sequence[Line] | None = None) -> int:
        """Seal a sale; return its log index."""
        index = len(self.records)
        sale = sale_lines(index) if lines is None else list(lines)
        self.sales[index] = sale
        self.records.append(self.leaf(index).encode())
        return index

    def leaf(self, index: int) -> EntryLeaf:
        hashes = [line.hash() for line in self.sales[index]]
        return EntryLeaf("S", len(hashes), tree_root(hashes))

    def postings(self) -> dict[int, list[bytes]]:
        """Line hashes by account since the last page."""
        first = self.pages[-1][1].leaf.end_index if self.pages else 0
        found: dict[int, list[bytes]] = {}
        for index in sorted(self.sales):
            for line in self.sales[index] if index >= first else []:
                found.setdefault(line.account, []).append(line.hash())
        return found

    def close(self, postings: Mapping[int, Sequence[bytes]] | None = None) -> Page:
        """Close a page over all that came since the last one; a cheat gives other postings."""
        page = close_page(
            number=len(self.pages),
            account_count=self.account_count,
            first_index=self.pages[-1][1].leaf.end_index if self.pages else 0,
            end_index=len(self.records),
            line_hashes=self.postings() if postings is None else postings,
            secret=SECRET,
        )
        return self.publish(page)

    def publish(self, page: Page) -> Page:
        self.pages.append((len(self.records), page))
        self.records.append(page.leaf.encode())
        return page

    def tree(self) -> Tree:
        return Tree([leaf_hash(data) for data in self.records])

    def checkpoint(self) -> bytes:
        head = Checkpoint(KEY.name, len(self.records), self.tree().root)
        return sign_checkpoint(head, KEY)

    def receipt(self, index: int) -> Receipt:
        """Open a sale as far as the store can."""
        lines = tuple(self.sales[index])
        covering = [p for p in self.pages if p[1].leaf.first_index <= index < p[1].leaf.end_index]
        return Receipt(
            origin=KEY.name,
            buyer=BUYER,
            leaf=self.leaf(index),
            lines=lines,
            items=(ShownItem("song-1", "A Song", "Ada & Ben"),),
            parties=tuple(ShownParty(k, name, "payee") for k, name in NAMES.items()),
            index=index,
            path=tuple(self.tree().path(index)),
            checkpoint=self.checkpoint(),
            page=self.opening(lines, *covering[0]) if covering else None,
        )

    def promise(
        self, lines: Sequence[Line], *, by_us: int = SOLD_US + DAY_US, after: int | None = None
    ) -> Promise:
        """Promise a sale, whatever becomes of it."""
        hashes = [line.hash() for line in lines]
        leaf = EntryLeaf("S", len(hashes), tree_root(hashes))
        terms = Terms(KEY.name, leaf, len(self.records) if after is None else after, by_us)
        return Promise(
            origin=KEY.name,
            buyer=BUYER,
            leaf=leaf,
            lines=tuple(lines),
            items=(ShownItem("song-1", "A Song", "Ada & Ben"),),
            parties=tuple(ShownParty(k, name, "payee") for k, name in NAMES.items()),
            after=terms.after,
            by_us=by_us,
            note=sign_promise(terms, key=TILL, delegation=DELEGATION),
        )

    def files(self) -> dict[str, bytes]:
        """The log as it is published: tiles, bundles and the newest head, by path."""
        hashes = [leaf_hash(data) for data in self.records]
        none: dict[str, bytes] = {}
        tiles = tiles_to_write(old_size=0, new_hashes=hashes, read=none.__getitem__)
        bundles = bundles_to_write(old_size=0, new_records=self.records, read=none.__getitem__)
        return {**dict(tiles), **dict(bundles), "checkpoint": self.checkpoint()}

    def opening(self, lines: Sequence[Line], page_index: int, page: Page) -> PageOpening:
        accounts = dict.fromkeys(line.account for line in lines)
        return PageOpening(
            leaf=page.leaf,
            index=page_index,
            path=tuple(self.tree().path(page_index)),
            accounts=tuple(page.open_account(account) for account in accounts),
            places=tuple(_place(page, line) for line in lines),
        )

    def statement(self, account: int) -> Statement:
        """Open an account's line on every page."""
        pages = tuple(self.statement_page(account, index, page) for index, page in self.pages)
        total = sum(line.amount_micro for page in pages for line in page.lines)
        return Statement(KEY.name, account, self.checkpoint(), pages, {"EUR": total})

    def statement_page(self, account: int, index: int, page: Page) -> StatementPage:
        own = [x for sale in self.sales.values() for x in sale if x.account == account]
        hashes = page.line_hashes.get(account, ())
        exists = account < page.leaf.account_count
        return StatementPage(
            leaf=page.leaf,
            index=index,
            path=tuple(self.tree().path(index)),
            opening=page.open_account(account) if exists else None,
            lines=tuple(line for line in own if line.hash() in hashes),
        )


def _place(page: Page, line: Line) -> Place:
    try:
        return page.place(line.account, line.hash())
    except PageInvalidError:
        return Place(0, ())


def relabelled(receipt: Receipt, j: int, **changes: object) -> Receipt:
    """Return the receipt with one line changed."""
    lines = list(receipt.lines)
    lines[j] = replace(lines[j], **changes)  # type: ignore[arg-type]
    return replace(receipt, lines=tuple(lines))
