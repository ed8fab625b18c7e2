"""Small edits of the register that tests make, worldwide and for ever unless said otherwise."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from builders import NOON, Shelf, usd
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

ALWAYS, WORLDWIDE = Period.always(), Territories.worldwide()


def society() -> int:
    """Somebody who licenses and whom nobody mandated yet."""
    return ensure_party(name="GEMA").pk


def work_of(shelf: Shelf) -> int:
    """The work of the first track."""
    return shelf.tracks[0].recording.works.get().pk


def mandate(giver: int, holder: int, **change: object) -> None:
    """Recorded, of the right to reproduce works unless said otherwise."""
    terms = actions.MandateTerms(giver, holder, ("MECH",), WORLDWIDE, ALWAYS)
    actions.record_mandate(terms=replace(terms, **change), now=NOON)


def license_(licensor: int, **change: object) -> None:
    """Recorded, of works, worldwide and within the split unless said otherwise."""
    terms = replace(actions.LicenseTerms(licensor, WORLDWIDE, ALWAYS), **change)
    actions.record_license(terms=terms, now=NOON)


def rate(shelf: Shelf, code: str) -> None:
    """What a code of the label means."""
    terms = actions.RateTerms(
        shelf.release.label_id, code, WORLDWIDE, ALWAYS, usd("1.00"), Money.zero("USD")
    )
    actions.record_rate(terms=terms, now=NOON)


def coded_grant(shelf: Shelf, code: str) -> None:
    """The release, at the price that a code means."""
    terms = actions.GrantTerms(WORLDWIDE, ALWAYS, "USD", None, Money.zero("USD"), price_code=code)
    actions.record_grant(
        licensor_id=shelf.release.label_id, release_id=shelf.release.pk, track_id=None,
        terms=terms, now=NOON,
    )  # fmt: skip


def tax(territory: str) -> None:
    """A fifth, from now on."""
    set_tax_rate(territory=territory, rate=Fraction(1, 5), valid=ALWAYS, source="A law.", now=NOON)
