"""Settings of the tests: the store's own, in a throw-away folder, with quick password hashes."""

import os
import tempfile

os.environ.setdefault("PENNYWHISTLE_MODE", "test")
os.environ.setdefault("PENNYWHISTLE_DATA", tempfile.mkdtemp(prefix="pennywhistle-test-"))

from pennywhistle.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
