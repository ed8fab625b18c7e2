"""The answer of clearance: allowed or refused, with reasons, price, floor, split and chain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.clearance.evidence import ENGINE, digest_of, links_of, plain

if TYPE_CHECKING:
    from pennywhistle.engines.clearance.case import Basis
    from pennywhistle.engines.clearance.facts import Item, Question
    from pennywhistle.engines.clearance.parts import LicenseFee
    from pennywhistle.engines.clearance.reasons import Link, Reason
    from pennywhistle.engines.clearance.waterfall import Waterfall
    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.purse import Purse


@dataclass(frozen=True, slots=True)
class Part:
    """What one purse gets: an exact part of price and subsidy together, whose name, and why."""

    purse: Purse
    name: str
    role: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms an item may be sold.

    The parts sum to one. They divide price and subsidy together; the subsidy is what the operator
    adds, nothing for most.
    """

    price: Money
    floor: Money
    subsidy: Money
    parts: tuple[Part, ...]
    holds: tuple[Reason, ...]
    fees: tuple[LicenseFee, ...]
    flow: Waterfall


@dataclass(frozen=True, slots=True)
class Usage:
    """What one work in the sale is owed under one license, as a part of price and subsidy.

    `subject` is the work's ref, or the recording's where its works are unknown; `apart` why the
    money is kept, or empty.
    """

    license_id: int
    licensor_id: int
    subject: str
    apart: str
    share: Fraction


@dataclass(frozen=True)
class Verdict:
    """What was decided, shown to buyer and supplier as it is, kept with every sale line.

    `reasons` say why not; they are empty where it is allowed. `basis` are the rows relied on.
    """

    item: Item
    question: Question
    reasons: tuple[Reason, ...]
    terms: Terms | None = None
    basis: tuple[Basis, ...] = ()

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

    @property
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
        if self.terms is None:
            return ()
        shares: dict[tuple[int, int, str, str], Fraction] = {}
        terms, flow = self.terms, self.terms.flow
        total = (terms.price + terms.subsidy).micro * flow.denominator
        for fee, numerator in zip(terms.fees, flow.fee_numerators, strict=True):
            for piece, weight in fee.slices:
                whose = (fee.license.id, fee.license.licensor_id, piece.subject, piece.apart)
                share = Fraction(numerator * weight, total * fee.whole)
                shares[whose] = shares.get(whose, Fraction(0)) + share
        return tuple(Usage(*whose, share) for whose, share in shares.items() if share)

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
            "allowed": self.allowed,
            "reasons": [reason.code for reason in self.reasons],
            "holds": [reason.code for reason in self.holds],
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
