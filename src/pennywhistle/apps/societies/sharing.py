"""Whose a society's money for a work is: its members', by the register as it stands now.

Shares, mandates and licenses count as they hold at the instant of use. What the store has learned
since counts too: a share that was corrected with effect from before is paid as it is correct.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.rights.facts.parties import party_row, register_of
from pennywhistle.apps.rights.facts.statement import read_parties_of_works
from pennywhistle.apps.rights.facts.works import shares_of_works
from pennywhistle.engines.clearance import WORK_RIGHTS, Item, Question, Right, Work
from pennywhistle.engines.clearance.authority import nearest_license, who_may_license
from pennywhistle.engines.clearance.case import Case
from pennywhistle.engines.clearance.claims import settle
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from pennywhistle.apps.societies.uses import Use
    from pennywhistle.engines.clearance.facts import Mandate

works_read_at_once = 500

# Why money of a work has no member that it could be paid to.
NOT_A_MEMBER = "not-a-member"  # the owner mandated nobody; a law lets the society license for it
NOBODY = "no-owner"  # nobody has a share that this society licenses, as the register stands
OWN = "society"  # the society itself is on record as the owner
# Why money stays on the account until the next distribution.
DISPUTED = "disputed"
OWED = "owed"  # more was taken back for the work than came in


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """A member by its party's id; or nobody (0), and why."""

    party_id: int
    reason: str = ""


class Owners:
    """Answers whose a use is; all works are read at once, in a few queries.

    `joined_by`: an owner whom only a law reached when its work was used counts as the member that
    it is by then. Shares stay those of the use.
    """

    def __init__(
        self,
        *,
        society_id: int,
        currency: str,
        uses: Collection[Use],
        joined_by: datetime | None = None,
    ) -> None:
        self._society_id, self._currency = society_id, currency
        self._joined_by = joined_by
        self._items: dict[int, tuple[Item, Work]] = {}
        work_ids = {use.work_id for use in uses}
        self._items = dict(_load(work_ids))

    def parts_of(
        self, use: Use, *, got: Fraction, contested: Fraction, is_waiting: bool = False
    ) -> dict[Recipient, Fraction]:
        """Who gets which part of the `got` micro-units of a use; the parts sum to one.

        While shares are disputed, members are paid what nobody else claims, of what came in and
        of the `contested` micro-units that were kept apart already together. Whatever is more
        waits, as does all that `is_waiting` since an earlier distribution.
        """
        parts, disputed = self._divided(use)
        if not disputed:
            return parts or {Recipient(0, NOBODY): Fraction(1)}
        payable = Fraction(0)
        if not is_waiting and disputed < 1:
            # Below zero, `contested` is what refunds took of what had been kept apart before.
            payable = max(Fraction(0), min(Fraction(1), (1 - disputed) * (got + contested) / got))
        shares = {recipient: part / (1 - disputed) * payable for recipient, part in parts.items()}
        shares[Recipient(0, DISPUTED)] = 1 - payable
        return {recipient: share for recipient, share in shares.items() if share}

    def _divided(self, use: Use) -> tuple[dict[Recipient, Fraction], Fraction]:
        """Each recipient's part of what the society licenses of a work, and the disputed part."""
        found: dict[Recipient, Fraction] = defaultdict(Fraction)
        disputed = Fraction(0)
        known = self._items.get(use.work_id)
        if known is None or not use.territory:
            return {}, disputed
        item, work = known
        case = Case(item, self._question(use, use.used_at))
        for right in WORK_RIGHTS:
            claims = _claims(case, work, right)
            settled = settle(list(claims.values()))
            held = settled.held / (sum(settled.contested, Fraction(0)) or 1)
            for party_id, part, contested in zip(
                claims, settled.parts, settled.contested, strict=True
            ):
                recipient = self._recipient(case, work, right, party_id)
                if recipient == Recipient(0, NOT_A_MEMBER):
                    recipient = self._joined_since(use, right, party_id) or recipient
                if recipient is not None:
                    found[recipient] += part
                    disputed += held * contested
        whole = sum(found.values(), disputed)
        if not whole:
            return {}, disputed
        parts = {recipient: found[recipient] / whole for recipient in sorted(found)}
        return parts, disputed / whole

    def _question(self, use: Use, at: datetime) -> Question:
        return Question(
            territory=use.territory,
            at=at,
            currency=self._currency,
            store_share=Fraction(0),
            least_price=Money(1, self._currency),
        )

    def _recipient(self, case: Case, work: Work, right: Right, party_id: int) -> Recipient | None:
        """To whom this society pays an owner's part; None where it does not act for the owner."""
        license_, path = nearest_license(case, party_id, right, work.ref)
        if license_ is None:
            return None
        member = self._member_on(path or ())
        if member is not None:
            return member
        if license_.licensor_id != self._society_id:
            return None
        return Recipient(0, NOT_A_MEMBER if path is None else OWN)

    def _joined_since(self, use: Use, right: Right, party_id: int) -> Recipient | None:
        """Through whom an owner is with this society by `joined_by`; None where it is not."""
        if self._joined_by is None:
            return None
        item, work = self._items[use.work_id]
        case = Case(item, self._question(use, self._joined_by))
        paths = (path for _, path in who_may_license(case, party_id, right, work.ref))
        return next(filter(None, map(self._member_on, paths)), None)

    def _member_on(self, path: Iterable[Mandate]) -> Recipient | None:
        """Whoever mandated this society: the owner, its publisher, or another society.

        The license may be one further on, whose licensor passes the money on to this one.
        """
        for mandate in path:
            if mandate.to_id == self._society_id:
                return Recipient(mandate.from_id)
        return None


def _claims(case: Case, work: Work, right: Right) -> dict[int, Fraction]:
    """What each party claims of the right; one that claims more than all of it claims all."""
    claims: dict[int, Fraction] = {}
    for share in work.shares:
        if share.right is right and share.part and case.is_here_and_now(share):
            claimed = claims.get(share.party_id, Fraction(0)) + share.part
            claims[share.party_id] = min(Fraction(1), claimed)
    return claims


def _load(work_ids: set[int]) -> Iterator[tuple[int, tuple[Item, Work]]]:
    """Each work with its shares of now, whatever plays it by now, and an item with its parties."""
    in_order = sorted(work_ids)
    for start in range(0, len(in_order), works_read_at_once):
        some = in_order[start : start + works_read_at_once]
        texts = read_parties_of_works(some)
        register = register_of({key: party_row(key, text) for key, text in texts.items()})
        item = Item(ref="", title="", supplier="", is_published=True, tracks=(), register=register)
        shares = shares_of_works(some)
        for work_id in some:
            yield work_id, (item, Work(work_id, "", Fraction(1), tuple(shares[work_id])))
