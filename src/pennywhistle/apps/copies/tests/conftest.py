"""An index of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test.utils import override_settings


@pytest.fixture(autouse=True)
def index_here(tmp_path: Path) -> Iterator[Path]:
    with override_settings(FINGERPRINTS=tmp_path / "fingerprints"):
        yield tmp_path / "fingerprints"
