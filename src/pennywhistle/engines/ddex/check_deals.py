"""The deal rules of rights.md 1.1 as findings: what stops a sale, and what is worth knowing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.engines.ddex.deals import Offers
    from pennywhistle.engines.ddex.message import NewRelease
    from pennywhistle.engines.ddex.terms import Deal

# E12: never inferred from another right, and always shown where they are given.
_TRAINING_USES = frozenset(
    {"UseForTrainingGenerativeAI", "UseForTrainingNonGenerativeAI", "UseForDataMining"}
)


def deal_findings(message: NewRelease, offers: Offers) -> Iterator[Finding]:
    """Everything that the deal rules say about a message."""
    for refusal in offers.refusals:
        yield Finding(
            refusal.code,
            Severity.STOP,
            refusal.deal,
            refusal.value[:200],
            refusal.sentence,
            refusal.cure,
            refusal.rule,
            refusal.line,
        )
    for deal in message.contents.deals:
        yield from _one_deal(deal)
    yield from _sold_at_all(message, offers)


def _one_deal(deal: Deal) -> Iterator[Finding]:
    training = sorted({word.value for word in deal.uses} & _TRAINING_USES)
    if training:
        yield _about(
            deal,
            "training-use",
            Severity.NOTICE,
            " ".join(training),
            ("The deal speaks of training or data mining; this store does neither.", ""),
            "E12",
        )
    for price in deal.prices:
        if price.kind in {"suggested-retail", "range"}:
            yield _about(
                deal,
                "price-informative",
                Severity.NOTICE,
                price.text,
                (
                    "A suggested price or a range only informs; it is not what you are paid.",
                    "Send a price code or a wholesale price.",
                ),
                "E8",
            )
    if not deal.models and not deal.closes:
        yield _about(
            deal,
            "model-missing",
            Severity.WARNING,
            "",
            (
                "The deal names no commercial model, so it permits nothing here.",
                "Send PayAsYouGoModel and PermanentDownload to sell downloads.",
            ),
            "E1",
        )


def _sold_at_all(message: NewRelease, offers: Offers) -> Iterator[Finding]:
    for release in message.contents.releases:
        if release.is_clip or offers.grants.get(release.reference):
            continue
        if release.is_main:
            code, sentence = "not-for-sale", "No deal lets this store sell the release."
            cure = "Send a deal with PayAsYouGoModel and PermanentDownload; without one it stops."
        else:
            code, sentence = (
                "album-only",
                "The track has no deal: it is sold with the release only.",
            )
            cure = "Send a deal for its track release to sell it by itself."
        yield Finding(
            code,
            Severity.NOTICE,
            release.path,
            release.reference,
            sentence,
            cure,
            "E9" if release.is_track else "E7",
            release.line,
        )


def _about(
    deal: Deal, code: str, severity: Severity, value: str, said: tuple[str, str], rule: str
) -> Finding:
    return Finding(code, severity, deal.path, value[:200], said[0], said[1], rule, deal.line)
