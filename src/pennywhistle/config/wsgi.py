"""The web application, as a WSGI server loads it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from pennywhistle.config.may_sign import forbid_signing
from pennywhistle.machine.slow_readers import watch_readers

# Before the settings are read: whoever starts the web server, it does not get the log's keys.
forbid_signing(os.environ)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pennywhistle.config.settings")
application = get_wsgi_application()
# Long before slow readers have taken the last place.
watch_readers(stalled_max=settings.LARGE_ANSWERS_MAX // 3)
