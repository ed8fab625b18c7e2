"""What every action of the register checks and writes alike: words, places, documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.rights.models import TerritorySet
from pennywhistle.engines.clearance.facts import WORK_RIGHTS, Right

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.kernel.territories import Territories

# DDEX's allowed values for uses of music online (UseType). A misspelt use would make a mandate
# or a license that never applies.
USES = frozenset(
    {
        *("PermanentDownload", "ConditionalDownload", "TetheredDownload", "Download"),
        *("OnDemandStream", "NonInteractiveStream", "TimeInfluencedStream"),
        *("ContentInfluencedStream", "Stream", "Webcast", "Simulcast", "Broadcast", "Podcast"),
        *("KioskDownload", "Preview"),
    }
)


class RegisterError(Exception):
    """The register cannot record this as it was given."""

    code = "register"


class RightUnknownError(RegisterError):
    """No right of the register has this name."""

    code = "right-unknown"


class UseUnknownError(RegisterError):
    """No use has this name."""

    code = "use-unknown"


class NothingCoveredError(RegisterError):
    """No right, no use or no territory is named, so that the row would say nothing."""

    code = "nothing-covered"


class RowClosedError(RegisterError):
    """The row was closed: the store does not rely on it any more, so nothing about it changes."""

    code = "row-closed"


class AmountWrongError(RegisterError):
    """An amount is not above zero, or amounts of two currencies meet."""

    code = "amount-wrong"


def right_named(word: str) -> Right:
    """The right of this name. Raises RightUnknownError."""
    try:
        return Right(word)
    except ValueError:
        known = ", ".join(Right)
        raise RightUnknownError(f"{word!r} is no right; the register knows {known}.") from None


def checked_rights(words: Iterable[str], *, of_works: bool = False) -> list[str]:
    """The rights as a column holds them: each once, sorted. Raises RightUnknownError."""
    rights = {right_named(word) for word in words}
    if not rights:
        raise NothingCoveredError("No right is named.")
    if of_works and not rights <= set(WORK_RIGHTS):
        raise RightUnknownError(f"Works have the rights {', '.join(WORK_RIGHTS)} and no others.")
    return sorted(right.value for right in rights)


def checked_uses(words: Iterable[str]) -> list[str]:
    """The uses as a column holds them: each once, sorted. Raises UseUnknownError."""
    uses = sorted(set(words))
    if not uses:
        raise NothingCoveredError("No use is named.")
    for use in uses:
        if use not in USES:
            raise UseUnknownError(f"{use[:40]!r} is no use; DDEX knows {', '.join(sorted(USES))}.")
    return uses


def interned(territories: Territories) -> TerritorySet:
    """The row of this set of territories. Raises NothingCoveredError for none at all."""
    if not territories:
        raise NothingCoveredError("No territory is named.")
    row, _ = TerritorySet.objects.get_or_create(
        digest=territories.digest,
        defaults={"mask": territories.to_bytes(), "text": territories.describe()},
    )
    return row
