"""File names that are safe on every system, made from whatever a tag or a title says."""

import re
import unicodedata

# unicodedata.normalize takes quadratic time on a long run of combining marks.
_TEXT_LENGTH_MAX = 2_000

# What Windows, macOS or a shell would understand as more than a name.
_REPLACED = str.maketrans({
    "/": "-", "\\": "-", "|": "-", ":": "-", '"': "'", "*": "_", "?": "_", "<": "_", ">": "_",
})  # fmt: skip
_SPACES = re.compile(r"\s+")

# Emoji sequences and several scripts need the joiners; flags of regions need the tags.
_JOINERS = "\u200c\u200d"
_TAGS = range(0xE0020, 0xE0080)

_RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])\ *(?:\..*)?",
    re.IGNORECASE | re.DOTALL,
)


def safe_file_name(text: str, *, length_max: int = 120, fallback: str = "untitled") -> str:
    """Return one path component that stays one, looks like `text` and means nothing else.

    Separators become hyphens; control characters and the invisible ones that reorder text are
    dropped; the result is NFC, at most `length_max` bytes of UTF-8, neither starts with a dot or
    hyphen nor ends with a dot or space, and is no device of Windows. Emoji and every script are
    kept. If nothing is left it is `fallback`. The function is its own fixed point.

    Pass the stem and append the extension to the result, so that cutting cannot lose it.
    """
    composed = unicodedata.normalize("NFC", text[:_TEXT_LENGTH_MAX])
    # Spaces first: tabs and line ends are control characters, but they part words.
    visible = "".join(filter(_is_kept, _SPACES.sub(" ", composed))).translate(_REPLACED)
    # Dropping an invisible character can bring a letter and its mark together.
    name = unicodedata.normalize("NFC", _SPACES.sub(" ", visible)).lstrip(" .-")
    name = _cut(name, length_max)
    # After cutting, which can make CON of Console.
    if _RESERVED.fullmatch(name):
        name = _cut(f"_{name}", length_max)
    return name or fallback


def _is_kept(character: str) -> bool:
    """Everything but control, format and surrogate characters, joiners and tags excepted."""
    if character in _JOINERS or ord(character) in _TAGS:
        return True
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs"}


def _cut(name: str, length_max: int) -> str:
    kept = name.encode()[:length_max].decode(errors="ignore")
    return kept.rstrip(" ." + _JOINERS)
