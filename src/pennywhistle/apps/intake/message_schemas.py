"""What DDEX's own schemas say of a message, where the operator has installed them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.message_limits import schemas_folder
from pennywhistle.engines.ddex import SchemaMissingError, Schemas, SchemaUnusableError

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.engines.ddex import Finding, Limits

# lxml keeps the errors of a validation at the schema, which threads share.
_one_validation = threading.Lock()


@dataclass(frozen=True, slots=True)
class SchemaWord:
    """What DDEX's own schema says; `state`: valid, invalid, missing (not installed), unusable."""

    state: str
    findings: tuple[Finding, ...] = ()
    trouble: str = ""


def schema_word(data: bytes, limits: Limits) -> SchemaWord:
    """Validate a message; never raises."""
    folder = schemas_folder()
    if not folder.is_dir():
        return SchemaWord("missing")
    try:
        with _one_validation:
            findings = _schemas(folder, folder.stat().st_mtime_ns).validate(data, limits)
    except SchemaMissingError:
        return SchemaWord("missing")
    except SchemaUnusableError as error:
        return SchemaWord("unusable", trouble=str(error)[:500])
    return SchemaWord("invalid" if findings else "valid", findings)


@lru_cache(maxsize=1)
def _schemas(folder: Path, changed_ns: int) -> Schemas:
    """Compiled once, until another one is installed."""
    del changed_ns
    return Schemas(folder)
