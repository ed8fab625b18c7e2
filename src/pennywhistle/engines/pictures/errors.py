"""Refusals of pictures: a code for programs, a sentence for the one who sent the file."""

from collections.abc import Mapping
from typing import Any

from pennywhistle.kernel.one_line import one_line

_text_chars_max = 500


class PictureRefusedError(Exception):
    """The file is not a picture that the store can take.

    Codes: `unknown-picture`, `picture-too-large`, `picture-too-small`, `damaged-picture`.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

    def to_json(self) -> dict[str, Any]:
        """The form in which a refusal leaves the sandbox as an answer."""
        return {"refused": {"code": self.code, "sentence": self.sentence}}

    @classmethod
    def from_json(cls, refused: Mapping[str, Any]) -> "PictureRefusedError":
        """Read it on the trusted side; whatever is not text becomes text of bounded length."""
        return cls(
            one_line(refused.get("code", "refused"), chars_max=_text_chars_max),
            one_line(
                refused.get("sentence", "The picture was refused."), chars_max=_text_chars_max
            ),
        )
