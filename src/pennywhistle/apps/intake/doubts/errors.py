"""What can be wrong with an answer or a decision."""

from __future__ import annotations


class DoubtError(Exception):
    """It cannot be said about this doubt; `code` is stable, the sentence says why."""

    code = "doubt"


class NothingSaidError(DoubtError):
    """An answer without words, or a decision without a reason."""

    code = "nothing-said"


class DoubtDecidedError(DoubtError):
    """The file was let through, which is not taken back."""

    code = "doubt-decided"


class TooManyWordsError(DoubtError):
    """More was said about one doubt than anybody reads."""

    code = "too-many-words"
