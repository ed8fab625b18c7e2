"""What can be wrong with a decision, an answer or an entry."""

from __future__ import annotations


class CopyError(Exception):
    """It cannot be done like this; `code` is stable, the sentence says why."""

    code = "copy"


class ReasonMissingError(CopyError):
    """Nobody is refused, let through or blocked without a reason on record."""

    code = "copy-reason-missing"


class VerdictUnfitError(CopyError):
    """What is blocked has no earlier supplier who could be refused."""

    code = "copy-verdict-unfit"


class NotAPartyError(CopyError):
    """Only one of the two suppliers has a say, by somebody who acts for it."""

    code = "copy-not-a-party"


class TooManyAnswersError(CopyError):
    """More was said in one conflict than anybody reads."""

    code = "copy-too-many-answers"


class NoSoundError(CopyError):
    """There is no sound to recognize it by: the recording has no file, or it is silent."""

    code = "copy-no-sound"
