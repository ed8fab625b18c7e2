"""Takes an upload to disk as it arrives, and stops at the store's limits with a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.utils.translation import gettext, ngettext

from pennywhistle.interfaces.common.format import size_text
from pennywhistle.interfaces.studio.limits import UPLOAD_FILES_MAX

if TYPE_CHECKING:
    from django.http import HttpRequest


class UploadHandler(TemporaryFileUploadHandler):
    """Writes every file to a temporary one; memory holds a chunk at a time.

    At a limit the rest of the request is read and thrown away, so that the browser hears the
    answer; `refusal` then says which limit it was. Temporary files go with the request.
    """

    def __init__(self, request: HttpRequest, *, file_bytes_max: int | None = None) -> None:
        super().__init__(request)
        self._file_bytes_max = file_bytes_max or settings.MASTER_FILE_BYTES_MAX
        self.refusal = ""
        self._file_count = 0
        self._file_bytes = 0
        self._all_bytes = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        """Open the next temporary file."""
        self._file_count += 1
        self._file_bytes = 0
        if self._file_count > UPLOAD_FILES_MAX:
            self._refuse(
                ngettext(
                    "At most %(count)d file goes into one upload. Nothing was kept.",
                    "At most %(count)d files go into one upload. Nothing was kept.",
                    UPLOAD_FILES_MAX,
                )
                % {"count": UPLOAD_FILES_MAX}
            )
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write a chunk, unless the file or the whole grew beyond its limit."""
        self._file_bytes += len(raw_data)
        self._all_bytes += len(raw_data)
        if self._file_bytes > self._file_bytes_max:
            self._refuse(
                gettext(
                    "“%(name)s” is larger than %(most)s, the most for a file. Nothing was kept."
                )
                % {"name": self.file_name, "most": size_text(self._file_bytes_max)}
            )
        if self._all_bytes > settings.UPLOAD_BYTES_MAX:
            self._refuse(
                gettext("All files together are more than %(most)s, the most for an upload.")
                % {"most": size_text(settings.UPLOAD_BYTES_MAX)}
            )
        return super().receive_data_chunk(raw_data, start)

    def _refuse(self, sentence: str) -> None:
        self.refusal = sentence
        raise StopUpload(connection_reset=False)
