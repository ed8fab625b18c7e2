"""The values that DDEX allows in the fields that this engine interprets, as data.

The sets are the union over all versions that are read: an unknown value is one that no version
knows, so that its meaning can only be guessed. Whether a value belongs to the very version is the
question of the schema (the module schemas).
"""

import json
from pathlib import Path

ALLOWED_VALUES: dict[str, frozenset[str]] = {
    field: frozenset(values)
    for field, values in json.loads(
        Path(__file__).with_name("allowed_values.json").read_text(encoding="utf-8")
    ).items()
}
"""Field in our words (commercial-model, use, role ...) to the values that DDEX allows."""

USER_DEFINED = "UserDefined"


def is_allowed(field: str, value: str) -> bool:
    """Whether some version of the standard knows the value in this field."""
    return value in ALLOWED_VALUES[field]
