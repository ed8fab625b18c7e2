"""The folder of published vectors, which tests skip where it is absent."""

from pathlib import Path

import pytest

_VECTORS = Path(__file__).resolve().parents[6] / "shared" / "tlog-vectors"


@pytest.fixture
def vectors() -> Path:
    if not _VECTORS.is_dir():
        pytest.skip("the published tlog vectors are not beside the project (../shared)")
    return _VECTORS
