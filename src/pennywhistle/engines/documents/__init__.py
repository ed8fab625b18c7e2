"""Booklets and texts of strangers: looked at without being drawn, and taken or refused."""

from pennywhistle.engines.documents.errors import DocumentRefusedError
from pennywhistle.engines.documents.examining import (
    PDF,
    TEXT,
    examine_document,
    read_examined,
)

__all__ = ["PDF", "TEXT", "DocumentRefusedError", "examine_document", "read_examined"]
