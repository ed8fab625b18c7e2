"""Text of a stranger's program, made harmless to databases, logs and terminals."""


def one_line(value: object, *, chars_max: int) -> str:
    """The value as text of bounded length, spaces in the place of whatever cannot be printed."""
    text = str(value)[:chars_max]
    return "".join(each if each.isprintable() else " " for each in text)
