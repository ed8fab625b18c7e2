"""Closing a page: one line for every account, so that nothing can be left out unseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.merkle import EMPTY_ROOT, Tree, tree_root
from pennywhistle.engines.tlog.records import AccountLine, PageLeaf, account_line_salt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class PageInvalidError(ValueError):
    """A posting belongs to an account that the page does not have, or is not on it."""

    code = "page-invalid"


@dataclass(frozen=True, slots=True)
class AccountOpening:
    """An account's line, and its inclusion path at index `line.account` of the page."""

    line: AccountLine
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a posting stands among its account's postings on a page, and its path there."""

    position: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A closed page with all that is needed to open parts of it."""

    leaf: PageLeaf
    account_lines: tuple[AccountLine, ...]
    line_hashes: Mapping[int, Sequence[bytes]]
    tree: Tree

    def open_account(self, account: int) -> AccountOpening:
        """Open the line of account `account`, for its owner or for a buyer."""
        if not 0 <= account < self.leaf.account_count:
            raise PageInvalidError(f"Page {self.leaf.number} has no account {account}.")
        return AccountOpening(self.account_lines[account], tuple(self.tree.path(account)))

    def place(self, account: int, line_hash: bytes) -> Place:
        """Find a posting among its account's; builds that account's tree."""
        hashes = self.line_hashes.get(account, ())
        if line_hash not in hashes:
            raise PageInvalidError(
                f"Page {self.leaf.number} has no such posting for account {account}."
            )
        position = hashes.index(line_hash)
        return Place(position, tuple(Tree(hashes).path(position)))


def close_page(
    *,
    number: int,
    account_count: int,
    first_index: int,
    end_index: int,
    line_hashes: Mapping[int, Sequence[bytes]],
    secret: bytes,
) -> Page:
    """Close page `number` over leaves first_index to end_index (without).

    `line_hashes` gives, for each account with postings in the interval, their line hashes in the
    order of (log index, j). Every account from 0 to account_count - 1 gets a line, those without
    postings too. `secret` is the store's, for the salts. The same input gives the same page.

    Raises:
        PageInvalidError: a posting's account is not below `account_count`.
    """
    for account in line_hashes:
        if not 0 <= account < account_count:
            raise PageInvalidError(f"Account {account} is not among {account_count} accounts.")
    lines = []
    for account in range(account_count):
        hashes = line_hashes.get(account, ())
        root = tree_root(hashes) if hashes else EMPTY_ROOT
        salt = account_line_salt(secret, number, account)
        lines.append(AccountLine(salt, account, len(hashes), root))
    tree = Tree([line.hash() for line in lines])
    leaf = PageLeaf(number, account_count, first_index, end_index, tree.root)
    return Page(leaf, tuple(lines), line_hashes, tree)
