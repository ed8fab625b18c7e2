"""A page has one line for each account, and every posting on it can be opened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.tlog import merkle
from pennywhistle.engines.tlog.page import Page, PageInvalidError, close_page

SECRET = bytes(range(32))
hashes = st.binary(min_size=32, max_size=32)


def page_of(accounts: int, postings: dict[int, list[bytes]]) -> Page:
    return close_page(
        number=3,
        account_count=accounts,
        first_index=10,
        end_index=20,
        line_hashes=postings,
        secret=SECRET,
    )


@given(st.integers(1, 40), st.data())
def test_every_account_and_every_posting_can_be_opened(accounts: int, data: st.DataObject) -> None:
    drawn = st.lists(hashes, max_size=5, unique=True)
    postings = data.draw(st.dictionaries(st.integers(0, accounts - 1), drawn))
    page = page_of(accounts, postings)

    for account in range(accounts):
        opening = page.open_account(account)
        merkle.verify_inclusion(
            leaf=opening.line.hash(),
            index=account,
            size=page.leaf.account_count,
            path=opening.path,
            root=page.leaf.lines_root,
        )
        own = postings.get(account, [])
        assert opening.line.postings_root == merkle.tree_root(own)
        for posting in own:
            place = page.place(account, posting)
            assert own[place.position] == posting
            merkle.verify_inclusion(
                leaf=posting,
                index=place.position,
                size=opening.line.posting_count,
                path=place.path,
                root=opening.line.postings_root,
            )
    assert page_of(accounts, postings).leaf == page.leaf


def test_a_page_has_no_other_accounts_and_postings_than_it_has() -> None:
    with pytest.raises(PageInvalidError, match="not among 3"):
        page_of(3, {3: [bytes(32)]})
    page = page_of(3, {1: [bytes(32)]})
    for account in (-1, 3):
        with pytest.raises(PageInvalidError, match="no account"):
            page.open_account(account)
    with pytest.raises(PageInvalidError, match="no such posting"):
        page.place(2, bytes(32))
