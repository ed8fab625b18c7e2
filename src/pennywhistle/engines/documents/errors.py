"""Refusals of documents: a code for programs, a sentence for the one who sent the file."""

from collections.abc import Mapping
from typing import Any

from pennywhistle.kernel.one_line import one_line

_text_chars_max = 500


class DocumentRefusedError(Exception):
    """The file is no document that the store hands on.

    Codes: `unknown-document`, `incomplete-document`, `active-document`, `closed-document`,
    `text-not-utf8`.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

    def to_json(self) -> dict[str, Any]:
        """The form in which a refusal leaves the sandbox as an answer."""
        return {"refused": {"code": self.code, "sentence": self.sentence}}

    @classmethod
    def from_json(cls, refused: Mapping[str, Any]) -> "DocumentRefusedError":
        """Read it on the trusted side; whatever is not text becomes text of bounded length."""
        return cls(
            one_line(refused.get("code", "refused"), chars_max=_text_chars_max),
            one_line(
                refused.get("sentence", "The document was refused."), chars_max=_text_chars_max
            ),
        )
