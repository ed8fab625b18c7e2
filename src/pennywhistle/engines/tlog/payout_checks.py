"""Checking a payout offline: signed, announced in this version, adding up, and on the statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checks import (
    Check,
    amount_text,
    check_signature,
    check_witnessed,
    is_included,
)
from pennywhistle.engines.tlog.payout import UNCUT_ITEMS, PayoutProof, PayoutSaid, parse_payout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.checkpoint import Checkpoint
    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.engines.tlog.policy import Policy
    from pennywhistle.engines.tlog.records import Line
    from pennywhistle.engines.tlog.statement import Statement, StatementPage


@dataclass(frozen=True, slots=True)
class PayoutVerdict:
    """What a payout proves, and what it says."""

    checks: tuple[Check, ...]
    said: PayoutSaid
    proof: PayoutProof

    @property
    def passed(self) -> bool:
        """True where nothing that could be checked is wrong."""
        return all(check.passed is not False for check in self.checks)


def verify_payout(
    data: bytes, *, keys: Sequence[Verifier], policy: Policy | None = None
) -> PayoutVerdict:
    """Check a payout against the store's keys; needs no network and asks nobody.

    Raises:
        PayoutInvalidError: the bytes are no payout.
    """
    proof = parse_payout(data)
    signature, head = check_signature(proof.checkpoint, keys=keys, origin=proof.origin)
    witnessed = [check_witnessed(proof.checkpoint, policy=policy)] if policy else []
    said = proof.said
    checks = (signature, *witnessed, _announced(proof, head), _adds_up(said))
    return PayoutVerdict(checks, said, proof)


def _announced(proof: PayoutProof, head: Checkpoint | None) -> Check:
    code, title = "payout-announced", "The log holds this version of it"
    if head is None:
        sentence = "Not checked, because the state of the log is not signed by the store."
        return Check(code, title, None, sentence)
    if not is_included(proof.leaf.hash(), proof.index, head.size, proof.path, head.root):
        sentence = f"Entry {proof.index} of the log is not this payout."
        return Check(code, title, passed=False, sentence=sentence)
    sentence = f"It is entry {proof.index} of the signed log, which holds one version of it."
    return Check(code, title, passed=True, sentence=sentence)


def _adds_up(said: PayoutSaid) -> Check:
    code, title = "payout-adds-up", "Withheld, paid and carried add up to what was due"

    def text(micro: int) -> str:
        return amount_text(micro, said.currency)

    too_much = [part for part in said.withheld if part.withheld_micro > part.due_micro]
    if said.carried_micro < 0 or too_much:
        sentence = (
            f"{text(said.paid_micro)} paid and {text(said.withheld_micro)} withheld are more than "
            f"{text(said.due_micro)} due."
        )
        return Check(code, title, passed=False, sentence=sentence)
    sentence = (
        f"{text(said.due_micro)} due: {text(said.paid_micro)} paid, {text(said.withheld_micro)} "
        f"withheld, {text(said.carried_micro)} carried."
    )
    return Check(code, title, passed=True, sentence=sentence)


def on_statements(said: PayoutSaid, statements: Sequence[Statement]) -> Check:
    """Whether a payout stands on its account's statements, in the order of their pages.

    Its posting takes exactly what is paid and withheld; and, where they begin at the account's
    first page, it pays no more than their lines brought until its cut, less what was paid before.
    """
    code, title = "payout-on-statement", "The payout stands on the statement"
    pages = [page for each in statements for page in each.pages]
    lines = [(page, line) for page in pages for line in page.lines]
    found = next(
        (place for place, (_, line) in enumerate(lines) if line.entry_id == said.entry_id), None
    )
    which = f"payout {said.payout_id.hex()}"
    if found is None:
        sentence = f"The pages of these statements hold no entry of {which}."
        return Check(code, title, None, sentence)
    taken = -lines[found][1].amount_micro
    if taken != said.paid_micro + said.withheld_micro:
        sentence = (
            f"The entry of {which} takes {amount_text(taken, said.currency)}, not what it says."
        )
        return Check(code, title, passed=False, sentence=sentence)
    brought = _brought(said, lines, found)
    if _is_whole(pages) and said.exchanged is None and said.due_micro > brought:
        sentence = (
            f"{amount_text(said.due_micro, said.currency)} due for {which} are more than the "
            f"{amount_text(brought, said.currency)} that the lines until its cut add up to."
        )
        return Check(code, title, passed=False, sentence=sentence)
    number = lines[found][0].leaf.number
    sentence = f"The entry of {which} stands on page {number}, with this amount."
    return Check(code, title, passed=True, sentence=sentence)


def _is_whole(pages: Sequence[StatementPage]) -> bool:
    """Whether they begin before the account had anything."""
    return pages[0].leaf.number == 0 or pages[0].opening is None


def _brought(said: PayoutSaid, lines: Sequence[tuple[StatementPage, Line]], found: int) -> int:
    """What is due by the lines: earned on pages until the cut, less what was paid before.

    What contracts passed on before the payout is taken off, or added, whenever that was.
    """
    total = 0
    for place, (page, line) in enumerate(lines):
        is_uncut = line.item.startswith(UNCUT_ITEMS)
        if (is_uncut and place < found) or (not is_uncut and page.leaf.end_index <= said.end_index):
            total += line.amount_micro
    return total
