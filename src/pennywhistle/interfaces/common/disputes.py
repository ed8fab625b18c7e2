"""Disputes in the reader's language: claims, areas as bars, and the letter to all claimants.

The letter tells what DDEX's ConflictNotification (Musical Work Notification) tells: the work, the
right, the territories, every claim, how much is too much, and by when to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.utils.translation import get_language_bidi, gettext, ngettext

from pennywhistle.interfaces.common.format import date_text, period_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.split_bar import role_text
from pennywhistle.interfaces.common.world import territories_text
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.claims.areas import Claimant, ContestedArea
    from pennywhistle.apps.claims.models import Dispute
    from pennywhistle.apps.rights.models import OwnershipShare

_WHOLE = 100
_COLORS = 6
# Claims of many periods and places cut the world into many areas.
areas_shown_max = 12


@dataclass(frozen=True, slots=True)
class ClaimText:
    """A share as a claimant and an operator read it."""

    id: int
    party: str
    party_code: str
    role: str
    part: str
    territories: str
    period: str
    status: str
    evidence_title: str
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the bar; `x` and `width` are hundredths of it."""

    color: int
    x: float
    width: float
    is_contested: bool
    label: str


@dataclass(frozen=True, slots=True)
class ClaimantText:
    """What a party claims in an area, how much of it is undisputed, and how much is not."""

    color: int
    name: str
    claimed: str
    uncontested: str
    contested: str


@dataclass(frozen=True, slots=True)
class AreaText:
    """An area on a bar as long as all that is claimed; `mark` is where the whole ends."""

    territories: str
    period: str
    total: str
    held: str
    stretches: tuple[Stretch, ...]
    mark: float
    claimants: tuple[ClaimantText, ...]


@dataclass(frozen=True, slots=True)
class AreaTexts:
    """The areas that are shown, and how many more there are."""

    shown: tuple[AreaText, ...]
    more_count: int


def title_of(dispute: Dispute) -> str:
    """What is disputed, by its title."""
    return str(dispute.work or dispute.recording)


def number_of(dispute: Dispute) -> str:
    """The ISWC or ISRC, or nothing."""
    if dispute.work is not None:
        return f"ISWC {dispute.work.iswc}" if dispute.work.iswc else ""
    assert dispute.recording is not None
    return f"ISRC {dispute.recording.isrc}" if dispute.recording.isrc else ""


def part_text(part: Fraction) -> str:
    """A part for reading, two decimals where it has more: 66.67 %."""
    text = share_text(part)
    return text if "/" not in text else f"{float(part * _WHOLE):.2f} %"


def claim_texts(shares: Sequence[OwnershipShare]) -> tuple[ClaimText, ...]:
    """Every share, with where and when it holds."""
    return tuple(
        ClaimText(
            id=share.pk,
            party=share.party.name,
            party_code=share.party.public_id,
            role=role_text(str(share.get_role_display())),
            part=part_text(share.part),
            territories=territories_text(Territories.from_bytes(bytes(share.territories.mask))),
            period=period_text(share.valid),
            status=gettext(str(share.get_status_display())),
            evidence_title=share.evidence.title if share.evidence else "",
            evidence_sha256=share.evidence.sha256 if share.evidence else "",
        )
        for share in shares
    )


def area_texts(areas: Sequence[ContestedArea]) -> AreaTexts:
    """The largest areas as bars, with their claimants and what is undisputed of each."""
    shown = tuple(_area(area) for area in areas[:areas_shown_max])
    return AreaTexts(shown, len(areas) - len(shown))


def _area(area: ContestedArea) -> AreaText:
    return AreaText(
        territories=territories_text(area.territories),
        period=period_text(area.valid),
        total=part_text(area.total),
        held=part_text(area.held),
        stretches=_stretches(area),
        mark=float(_WHOLE / area.total),
        claimants=tuple(
            ClaimantText(
                color=number % _COLORS + 1,
                name=each.party.name,
                claimed=part_text(each.claimed),
                uncontested=part_text(each.uncontested),
                contested=part_text(each.contested),
            )
            for number, each in enumerate(area.claimants)
        ),
    )


def _stretches(area: ContestedArea) -> tuple[Stretch, ...]:
    """Claims laid end to end, each with its undisputed part first."""
    found, at = [], Fraction(0)
    for number, claimant in enumerate(area.claimants):
        for part, is_contested in ((claimant.uncontested, False), (claimant.contested, True)):
            if part:
                x, width = at / area.total * _WHOLE, part / area.total * _WHOLE
                found.append(
                    Stretch(
                        number % _COLORS + 1,
                        float(x),
                        float(width),
                        is_contested,
                        _stretch_label(claimant, part, is_contested=is_contested),
                    )
                )
            at += part
    return tuple(found)


def _stretch_label(claimant: Claimant, part: Fraction, *, is_contested: bool) -> str:
    said = gettext("%(name)s, contested: %(part)s") if is_contested else "%(name)s: %(part)s"
    return said % {"name": claimant.party.name, "part": part_text(part)}


def letter_subject(dispute: Dispute) -> str:
    """What stands above the letter; a title with a line break in it breaks no mail."""
    title = " ".join(title_of(dispute).split())
    return gettext("Conflicting claims on “%(title)s”") % {"title": title}


def letter_of(
    dispute: Dispute,
    shares: Sequence[OwnershipShare],
    areas: Sequence[ContestedArea],
    *,
    store: str,
    url: str,
) -> str:
    """The letter to all claimants, ready to be sent; `url` is where they answer in the studio."""
    due = date_text(dispute.evidence_due_at.date())
    lines = [
        gettext("To all claimants of “%(title)s”") % {"title": title_of(dispute)},
        "",
        gettext("More than the whole of a right is claimed. This is what stands in our register:"),
        "",
        *_about(dispute),
        *(_area_line(area) for area in areas[:areas_shown_max]),
        *_more_areas(len(areas) - areas_shown_max),
        "",
        gettext("The claims:"),
        *(_claim_line(claim) for claim in claim_texts(shares)),
        "",
        _meanwhile(dispute),
        "",
        gettext("Please send us by %(due)s one of these:") % {"due": due},
        "- " + gettext("the document that proves your share: contract, assignment, registration;"),
        "- " + gettext("what you have agreed on with the others, shares of 100 % in all;"),
        "- " + gettext("a smaller share, if yours is a mistake."),
        "",
        gettext("In the studio you answer at %(url)s") % {"url": url},
        "",
        store,
    ]
    return "\n".join(lines)


def _apart(name: str) -> str:
    """A name inside a line, so that its own direction does not turn the line around."""
    return f"\u2068{name}\u2069" if get_language_bidi() else name


def _about(dispute: Dispute) -> tuple[str, ...]:
    thing = gettext("Work") if dispute.work_id else gettext("Recording")
    number = ", ".join(part for part in (dispute.subject, number_of(dispute)) if part)
    return (
        f"{thing}: {_apart(title_of(dispute))} ({_apart(number)})",
        gettext("Right: %(right)s") % {"right": right_name(dispute.right)},
    )


def _area_line(area: ContestedArea) -> str:
    return gettext("Where: %(where)s, %(when)s: %(total)s in all, %(held)s contested") % {
        "where": territories_text(area.territories),
        "when": period_text(area.valid),
        "total": part_text(area.total),
        "held": part_text(area.held),
    }


def _more_areas(count: int) -> tuple[str, ...]:
    if count <= 0:
        return ()
    return (ngettext("and %(count)s more", "and %(count)s more", count) % {"count": count},)


def _claim_line(claim: ClaimText) -> str:
    line = gettext("- %(party)s (%(role)s): %(part)s, %(where)s, %(when)s [%(status)s]") % {
        "party": _apart(claim.party),
        "role": claim.role,
        "part": claim.part,
        "where": claim.territories,
        "when": claim.period,
        "status": claim.status,
    }
    # A line that opens with a name would take the name's direction.
    return f"\u200f{line}" if get_language_bidi() else line


def _meanwhile(dispute: Dispute) -> str:
    if dispute.work_id:
        return gettext(
            "Until it is settled each of you is paid what nobody else claims. The contested part "
            "of every sale is held on an account of its own, and paid out as it is settled."
        )
    return gettext("Until it is settled the recording is not sold.")
