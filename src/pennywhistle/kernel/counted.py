"""A number with its noun, in English, for reports and the command line."""


def counted(count: int, one: str, many: str = "") -> str:
    """`1 track`, `2 tracks`; `many` where an s does not make the plural.

    Pages have `ngettext` instead, since other languages have more than two forms.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
