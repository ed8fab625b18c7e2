"""Addresses of static files, worked out once a process: a page names some twenty of them."""

from __future__ import annotations

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class RememberingStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage of hashed and compressed files, with a memory."""

    # Modules import each other by hashed names too, so that no browser mixes two versions.
    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002 (Django's own)
        """The address of a file, as its manifest has it."""
        known = self._addresses.get(name)
        if known is None or force:
            known = self._addresses[name] = super().url(name, force)
        return known

    def save_manifest(self) -> None:
        """Forget: the files were collected anew."""
        super().save_manifest()
        self._addresses.clear()
