"""The answer of clearance: allowed or refused, with reasons, price, floor, split and chain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.clearance.evidence import ENGINE, digest_of, links_of, plain
from pennywhistle.engines.clearance.fees import usage_of

if TYPE_CHECKING:
    from pennywhistle.engines.clearance.facts import Basis, Item, Question
    from pennywhistle.engines.clearance.fees import LicenseFee, Usage
    from pennywhistle.engines.clearance.parts import Part
    from pennywhistle.engines.clearance.reasons import Link, Reason
    from pennywhistle.engines.clearance.waterfall import Waterfall
    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms an item may be sold.

    The parts sum to one. They divide price and subsidy together; the subsidy is what the operator
    adds, nothing for most. `asked` is what everybody pays, `least` the least that this buyer may
    pay: less where somebody gives them a discount. If it `is_open`, they name the price
    themselves, and `suggested` is what the supplier hopes for.
    """

    price: Money
    floor: Money
    subsidy: Money
    parts: tuple[Part, ...]
    holds: tuple[Reason, ...]
    fees: tuple[LicenseFee, ...]
    flow: Waterfall
    asked: Money
    least: Money
    is_open: bool = False
    suggested: Money | None = None


@dataclass(frozen=True)
class Verdict:
    """What was decided, shown to buyer and supplier as it is, kept with every sale line.

    `reasons` say why not; they are empty where it is allowed. `rows` are what was relied on, as it
    was met; `basis` has each of them once.
    """

    item: Item
    question: Question
    reasons: tuple[Reason, ...]
    terms: Terms | None = None
    rows: tuple[Basis, ...] = ()

    @cached_property
    def basis(self) -> tuple[Basis, ...]:
        """The rows relied on, in order, each once."""
        # By the row's number: comparing whole rows would cost more than deciding.
        return tuple(
            {(code, row.id, title): (code, row, title) for code, row, title in self.rows}.values()
        )

    @property
    def allowed(self) -> bool:
        """Whether the sale may go through."""
        return self.terms is not None

    @property
    def price(self) -> Money | None:
        """What the buyer pays."""
        return self.terms.price if self.terms else None

    @property
    def floor(self) -> Money | None:
        """The smallest price at which everybody is paid."""
        return self.terms.floor if self.terms else None

    @property
    def total(self) -> Money | None:
        """What is divided: the price and what the operator adds to it."""
        return self.terms.price + self.terms.subsidy if self.terms else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Who gets which part."""
        return self.terms.parts if self.terms else ()

    @property
    def holds(self) -> tuple[Reason, ...]:
        """Why some of the money is kept apart."""
        return self.terms.holds if self.terms else ()

    @cached_property
    def relied_on(self) -> tuple[int, ...]:
        """The ids of the grants relied on."""
        return tuple(dict.fromkeys(row.id for code, row, _ in self.basis if code == "grants"))

    @cached_property
    def chain(self) -> tuple[Link, ...]:
        """The chain of authority: who lets whom do what, by which row."""
        return tuple(links_of(self.basis, self.item.register, self.question))

    @cached_property
    def usage(self) -> tuple[Usage, ...]:
        """What the licenses are owed, work by work: what is reported to their licensors."""
        terms = self.terms
        return usage_of(terms.fees, terms.flow, terms.subsidy.micro) if terms else ()

    @cached_property
    def document(self) -> dict[str, Any]:
        """All that was decided on and all that was decided, as plain JSON values.

        It holds no instant, so that one decision is one document.
        """
        question, terms = self.question, self.terms
        return {
            "engine": ENGINE,
            "item": self.item.ref,
            "territory": question.territory,
            "use": question.use,
            "currency": question.currency,
            "store_share": str(question.store_share),
            "tax_rate": str(question.tax_rate),
            "owned": sorted(question.owned),
            "paid_micro": question.paid.micro if question.paid else 0,
            "offered_micro": question.offered.micro if question.offered else None,
            "allowed": self.allowed,
            "reasons": [reason.code for reason in self.reasons],
            "holds": [reason.code for reason in self.holds],
            "asked_micro": terms.asked.micro if terms else None,
            "price_micro": terms.price.micro if terms else None,
            "floor_micro": terms.floor.micro if terms else None,
            "subsidy_micro": terms.subsidy.micro if terms else None,
            "parts": [
                [
                    part.purse.kind.value,
                    part.purse.party_id,
                    part.purse.code,
                    part.role,
                    str(part.share),
                ]
                for part in self.parts
            ],
            "usage": [
                [each.license_id, each.licensor_id, each.subject, each.apart, str(each.share)]
                for each in self.usage
            ],
            "basis": [[code, plain(row)] for code, row, _ in self.basis],
        }

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the document in its canonical form: sorted keys, no spaces, UTF-8."""
        return digest_of(self.document)
