"""Settings of the tests: the store's own, in a throw-away folder, with quick password hashes."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("PENNYWHISTLE_MODE", "test")
_PREFIX = "pennywhistle-test-"
_data = Path(os.environ.get("PENNYWHISTLE_DATA") or tempfile.mkdtemp(prefix=_PREFIX))
# Tests damage and lose files: each worker has a folder of its own in that of the run, and so have
# the children that its tests start.
if _data.name.startswith(_PREFIX) and "PYTEST_XDIST_WORKER" in os.environ:
    _data /= os.environ["PYTEST_XDIST_WORKER"]
    _data.mkdir(exist_ok=True)
os.environ["PENNYWHISTLE_DATA"] = str(_data)

from pennywhistle.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
