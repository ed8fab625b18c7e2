"""Two suppliers with a release each, so that every test can try the other's."""

from __future__ import annotations

import pytest

from builders import NOON, a_store
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.interfaces.studio.tests.studio_shop import Supplier, a_supplier


@pytest.fixture
def store(db, settings, tmp_path):
    settings.KEYS, settings.DATA = tmp_path / "keys", tmp_path / "data"
    (tmp_path / "data").mkdir()
    create_keys(now=NOON)
    a_store()


@pytest.fixture
def ada(store) -> Supplier:
    return a_supplier("Tin Weather", "ada@example.org")


@pytest.fixture
def bob(store) -> Supplier:
    return a_supplier("Copper Rain", "bob@example.org")
