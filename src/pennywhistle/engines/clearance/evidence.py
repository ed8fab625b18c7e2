"""The evidence of a decision: what it was decided on and what was decided, under one digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.clearance.verdict import Link, Part, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.clearance.facts import Grant, Item, Question
    from pennywhistle.kernel.money import Money

ENGINE = "clearance/1"


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms an item may be sold: price, floor, parts, and the grants relied on."""

    price: Money
    floor: Money
    parts: tuple[Part, ...]
    relied_on: tuple[Grant, ...]


def digest_of(document: dict[str, Any]) -> bytes:
    """SHA-256 of a verdict's document in its canonical form: sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def verdict_of(
    item: Item, question: Question, terms: Terms | None, reasons: tuple[Reason, ...]
) -> Verdict:
    """The answer with its evidence; refused where there are no terms."""
    document = {
        "engine": ENGINE,
        "item": item.ref,
        "territory": question.territory,
        "use": question.use,
        "currency": question.currency,
        "store_share": str(question.store_share),
        "owned": sorted(question.owned),
        "paid_micro": question.paid.micro if question.paid else 0,
        "allowed": terms is not None,
        "reasons": [reason.code for reason in reasons],
        "price_micro": terms.price.micro if terms else None,
        "floor_micro": terms.floor.micro if terms else None,
        "parts": [[part.account, part.role, str(part.share)] for part in terms.parts]
        if terms
        else [],
        "grants": [_grant_document(grant) for grant in (terms.relied_on if terms else ())],
    }
    return Verdict(
        allowed=terms is not None,
        reasons=reasons,
        price=terms.price if terms else None,
        floor=terms.floor if terms else None,
        parts=terms.parts if terms else (),
        chain=tuple(_links(terms.relied_on if terms else ())),
        relied_on=tuple(grant.id for grant in terms.relied_on) if terms else (),
        document=document,
        digest=digest_of(document),
    )


def _grant_document(grant: Grant) -> dict[str, Any]:
    start, end = grant.valid.starts_at, grant.valid.ends_at
    return {
        "id": grant.id,
        "licensor": grant.licensor_id,
        "territories": grant.territories.digest,
        "from": start.isoformat() if start else None,
        "until": end.isoformat() if end else None,
        "price_micro": grant.price.micro if grant.price else None,
        "wholesale_micro": grant.wholesale.micro,
        "payees": [[payee.account, payee.role, str(payee.share)] for payee in grant.payees],
    }


def _links(grants: Iterable[Grant]) -> Iterable[Link]:
    for grant in grants:
        end = grant.valid.ends_at
        until = f"until {end:%Y-%m-%d}" if end else "until further notice"
        yield Link(
            grant.id,
            f"{grant.licensor} lets this store sell it as a download in"
            f" {grant.territories.describe()}, {until}.",
        )
