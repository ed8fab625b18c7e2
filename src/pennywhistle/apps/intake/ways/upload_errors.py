"""Why an upload cannot go on; each says so to who sends it, with the status of HTTP."""

from __future__ import annotations


class UploadError(Exception):
    """The upload cannot go on like this; `code` and the sentence are for who sends it."""

    code = "upload"
    status = 400


class NameRefusedError(UploadError):
    """The parcel's name or the file's path is none that is taken."""

    code = "name-refused"


class NotThereError(UploadError):
    """There is no such parcel or file."""

    code = "not-there"
    status = 404


class WrongOffsetError(UploadError):
    """The piece does not begin where the file ends; `offset` says where that is."""

    code = "wrong-offset"
    status = 409

    def __init__(self, sentence: str, offset: int) -> None:
        super().__init__(sentence)
        self.offset = offset


class ConflictError(UploadError):
    """What is asked does not fit what is there."""

    status = 409

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class TooLargeError(UploadError):
    """More than one may upload."""

    code = "too-large"
    status = 413


class NoSpaceError(UploadError):
    """The store has no room now."""

    code = "no-space"
    status = 507
