"""The one error of this engine: bytes that are not a message it can read."""


class MessageRefusedError(ValueError):
    """The bytes were refused as a whole; nothing of them was kept.

    `code` is one of: too-large, encoding, doctype, not-xml, too-deep, too-many-parts,
    unknown-message, unknown-version. `cure` says what the sender can do about it.
    """

    def __init__(self, code: str, sentence: str, cure: str, line: int = 0) -> None:
        self.code = code
        self.sentence = sentence
        self.cure = cure
        self.line = line
        super().__init__(sentence)


class SchemaMissingError(LookupError):
    """The operator's folder holds no schema for the version of this message."""

    code = "schema-missing"


class SchemaUnusableError(ValueError):
    """The operator's schema files do not make one schema: a part is missing or is no schema."""

    code = "schema-unusable"
