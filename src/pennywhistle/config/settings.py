"""Settings of the store; what an operator may choose is listed in docs/running/settings.md."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from pennywhistle.config.database import database_of
from pennywhistle.config.env import Env
from pennywhistle.config.installed import installed_apps, installed_middleware
from pennywhistle.config.own_bank import bank_account, btcpay_server, mollie_keys
from pennywhistle.config.policy_file import policy_problem
from pennywhistle.config.secrets import demo_secret
from pennywhistle.config.stripe_keys import stripe_keys

env = Env(os.environ)

# production: for real money. demo: one command, play money, secrets made by itself. test: tests.
# A demo that starts over; read before the settings are (config/main.py).
env.switch("FRESH", default=False)
MODE = env.choice("MODE", options=("production", "demo", "test"), default="production")
IS_PRODUCTION = MODE == "production"

DATA = env.path("DATA", default=Path("data"))
# The log's public keys and secrets: outside the database, so that a copy of one is not both.
KEYS = env.path("KEYS", default=DATA / "secrets")
# Known, and kept by no setting: only what signs the log asks where its private keys lie.
env.text("SIGNING_KEYS")
HOST = env.text("HOST", default="127.0.0.1")
PORT = env.integer("PORT", default=8000, least=1, most=65535)
ORIGIN = env.text("ORIGIN", default="" if IS_PRODUCTION else f"http://localhost:{PORT}").rstrip("/")
WEB_WORKERS = env.integer("WEB_WORKERS", default=2, least=1, most=256)
# Each answers one request at a time, and may keep a connection to the database, of which our own
# has 200. A download on a slow line holds one for as long as it takes.
WEB_THREADS = env.integer(
    "WEB_THREADS", default=max(8, min(64, 144 // WEB_WORKERS)), least=4, most=4096
)
# Each keeps a thread for as long as its reader takes; the others are left for pages.
LARGE_ANSWERS_MAX = max(2, WEB_THREADS * 5 // 8)
STORE_TITLE = "Pennywhistle"
# Where VAT numbers are asked about; empty: by an operator.
VIES_URL = env.text("VIES_URL")
env.require(
    not VIES_URL or VIES_URL.startswith("https://"),
    f"PENNYWHISTLE_VIES_URL is the https:// address of VIES; it is {VIES_URL!r}.",
)
# A header in which a proxy that is trusted says the country of the visitor's network.
NETWORK_COUNTRY_HEADER = env.text("NETWORK_COUNTRY_HEADER")
DEBUG = env.switch("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY") or ("" if IS_PRODUCTION else demo_secret(DATA, mode=MODE))

env.require(
    len(SECRET_KEY) >= 50,  # noqa: PLR2004 (Django's own bound, security.W009)
    "PENNYWHISTLE_SECRET_KEY is missing or shorter than 50 characters; create one with "
    '`python3 -c "import secrets; print(secrets.token_urlsafe(64))"` and keep it in a file '
    "named by PENNYWHISTLE_SECRET_KEY_FILE.",
)
env.require(
    not (IS_PRODUCTION and DEBUG),
    "PENNYWHISTLE_DEBUG is yes, which shows the program's insides to strangers; remove it.",
)
env.require(
    not IS_PRODUCTION or ORIGIN.startswith("https://"),
    "PENNYWHISTLE_ORIGIN must be the https:// address of the store, such as "
    f"https://records.example; it is {ORIGIN!r}.",
)

ALLOWED_HOSTS = [urlsplit(ORIGIN).hostname or "", *env.words("HOSTS")]
if not IS_PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []

# Whether a demo fills itself with its sample catalog.
SAMPLE = env.switch("SAMPLE", default=True)

# The name that a new log gets, for ever, in its key and in every checkpoint (C2SP tlog-checkpoint:
# a schema-less URL is recommended).
LOG_ORIGIN = env.text("LOG_ORIGIN", default=(urlsplit(ORIGIN).netloc or "pennywhistle") + "/log")
PAGE_INTERVAL_S = env.integer(
    "PAGE_INTERVAL_S", default=3600 if IS_PRODUCTION else 60, least=1, most=86_400
)
# How long after a sale its promise gives the log, at most, to hold it.
PROMISE_S = env.integer("PROMISE_S", default=86_400, least=60, most=604_800)
# Who watches that the log only grows (C2SP tlog-policy); witnesses are asked at public addresses.
WITNESS_POLICY = env.text("WITNESS_POLICY")
WITNESSES_PRIVATE = env.switch("WITNESSES_PRIVATE", default=False)
_policy_problem = policy_problem(WITNESS_POLICY, may_be_private=WITNESSES_PRIVATE)
env.require(not _policy_problem, _policy_problem)
MASTER_FILE_BYTES_MAX = env.integer(
    "MASTER_FILE_BYTES_MAX", default=2_000_000_000, least=1_000, most=50_000_000_000
)
UPLOAD_BYTES_MAX = env.integer(
    "UPLOAD_BYTES_MAX", default=20_000_000_000, least=1_000, most=200_000_000_000
)
WORKS_FILE_BYTES_MAX = env.integer(
    "WORKS_FILE_BYTES_MAX", default=500_000_000, least=1_000, most=5_000_000_000
)
ERN_BYTES_MAX = env.integer("ERN_BYTES_MAX", default=16_777_216, least=10_000, most=100_000_000)
ERN_PARTS_MAX = env.integer("ERN_PARTS_MAX", default=250_000, least=1_000, most=2_000_000)
# Webhooks go to public addresses only; to the same machine where somebody tries them out.
HOOKS_TO_LOOPBACK = env.switch("HOOKS_TO_LOOPBACK", default=False)
env.require(
    not (IS_PRODUCTION and HOOKS_TO_LOOPBACK),
    "PENNYWHISTLE_HOOKS_TO_LOOPBACK is yes, which lets suppliers reach this machine's own "
    "services; remove it.",
)
# The store's own number among those that exchange DDEX messages.
DPID = env.text("DPID").replace("-", "").upper()
env.require(
    not DPID or re.fullmatch(r"PADPIDA[0-9]{10}[0-9A-Z]", DPID),
    "PENNYWHISTLE_DPID is the store's DDEX Party ID, such as PA-DPIDA-2008120501-W.",
)
# How long a delivery must lie still before it is read, and how long missing files are waited for.
MAILBOX_QUIET_S = env.integer("MAILBOX_QUIET_S", default=60, least=0, most=86_400)
MAILBOX_PATIENCE_S = env.integer("MAILBOX_PATIENCE_S", default=3_600, least=0, most=604_800)
MASTER_SECONDS_MAX = env.integer("MASTER_SECONDS_MAX", default=7_200, least=1, most=86_400)
# Masters, renditions and covers: a folder of this machine ("" is the data folder), or a bucket.
STORAGE_URL = env.text("STORAGE_URL")
env.require(
    not STORAGE_URL or STORAGE_URL.startswith(("/", "s3://")),
    "PENNYWHISTLE_STORAGE_URL is the full path of a folder, or s3://bucket/prefix; "
    f"it is {STORAGE_URL!r}.",
)
WORKING_COPY_BYTES_MAX = env.integer(
    "WORKING_COPY_BYTES_MAX", default=50_000_000_000, least=0, most=10**15
)
# Who reads the files that buyers download: the web processes, nginx in front of them, the bucket.
FILES_SENT_BY = env.choice("FILES_SENT_BY", options=("web", "nginx", "bucket"), default="web")
env.require(
    FILES_SENT_BY != "bucket" or STORAGE_URL.startswith("s3://"),
    "PENNYWHISTLE_FILES_SENT_BY is bucket, but PENNYWHISTLE_STORAGE_URL names none.",
)
env.require(
    FILES_SENT_BY != "bucket"
    or (os.environ.get("AWS_ACCESS_KEY_ID") and os.environ.get("AWS_SECRET_ACCESS_KEY")),
    "PENNYWHISTLE_FILES_SENT_BY is bucket, whose addresses are signed with AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY; set both.",
)
RENDITION_CACHE_BYTES_MAX = env.integer(
    "RENDITION_CACHE_BYTES_MAX", default=20_000_000_000, least=0, most=10**15
)
# Made of what is in the database, so that no backup needs it.
FINGERPRINTS = env.path("FINGERPRINTS", default=DATA / "fingerprints")
# The search index: a folder of this machine ("" is in the data folder), or the store's database.
# The tests commit nothing that another process could follow.
SEARCH_URL = env.text("SEARCH_URL", default="postgres" if MODE == "test" else "")
env.require(
    SEARCH_URL in {"", "postgres"} or SEARCH_URL.startswith("/"),
    "PENNYWHISTLE_SEARCH_URL is the full path of a folder, or postgres for an index in the store's "
    f"database; it is {SEARCH_URL!r}.",
)
# A second storage of masters, from which damaged ones are restored: a folder or s3://bucket/prefix.
MASTERS_COPY = env.text("MASTERS_COPY").rstrip("/")
env.require(
    not MASTERS_COPY or MASTERS_COPY.startswith(("/", "s3://")),
    "PENNYWHISTLE_MASTERS_COPY is the whole path of a folder on another disk, or s3://bucket/prefix.",
)
# Copies of the store's own database, made every night: a folder on another disk.
DATABASE_COPY = env.text("DATABASE_COPY").rstrip("/")
env.require(
    not DATABASE_COPY or DATABASE_COPY.startswith("/"),
    "PENNYWHISTLE_DATABASE_COPY is the whole path of a folder on another disk.",
)
# Whether what looks converted from a lower sample rate is held for a decision, or only told.
UPSAMPLED_HOLDS = env.switch("UPSAMPLED_HOLDS", default=False)
SCRUB_BYTES_MAX = env.integer("SCRUB_BYTES_MAX", default=50_000_000_000, least=1, most=10**15)
# How often the open catalog API answers: whoever asks from an address, and with a key.
API_PER_ADDRESS_A_MINUTE = env.integer("API_PER_ADDRESS_A_MINUTE", default=60, least=1, most=10**6)
API_PER_KEY_A_MINUTE = env.integer("API_PER_KEY_A_MINUTE", default=600, least=1, most=10**6)
SANDBOX_LANDLOCK_REQUIRED = env.switch("SANDBOX_LANDLOCK_REQUIRED", default=IS_PRODUCTION)
# How payees are paid who said nothing else: from so many units of their currency on, how often.
PAYOUT_THRESHOLD = env.integer("PAYOUT_THRESHOLD", default=20, least=0, most=1_000)
PAYOUT_CADENCE = env.choice("PAYOUT_CADENCE", options=("month", "quarter", "year"), default="month")
# Above so many units a payout is approved by two different people.
PAYOUT_TWO_PEOPLE_ABOVE = env.integer("PAYOUT_TWO_PEOPLE_ABOVE", default=1_000, least=0, most=10**9)
# The store's own account, from which files of transfers pay.
PAYOUT_IBAN = env.text("PAYOUT_IBAN")
PAYOUT_HOLDER = env.text("PAYOUT_HOLDER")
PAYMENT_PROVIDERS = env.words("PAYMENT_PROVIDERS") or ([] if IS_PRODUCTION else ["fakepay"])
env.require(
    not (IS_PRODUCTION and "fakepay" in PAYMENT_PROVIDERS),
    "PENNYWHISTLE_PAYMENT_PROVIDERS names fakepay, which pays with play money; remove it.",
)
BANK_NAME, BANK_IBAN, BANK_BIC = bank_account(env, PAYMENT_PROVIDERS)
MOLLIE_KEY, MOLLIE_ACCESS_TOKEN = mollie_keys(env, PAYMENT_PROVIDERS, is_production=IS_PRODUCTION)
BTCPAY_URL, BTCPAY_STORE, BTCPAY_KEY, BTCPAY_HOOK_SECRET = btcpay_server(
    env, PAYMENT_PROVIDERS, is_production=IS_PRODUCTION
)
STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_URL = stripe_keys(
    env, PAYMENT_PROVIDERS, is_production=IS_PRODUCTION
)

# A top-up up to so many round amounts of the currency (about a dollar each) that a bank warns of as
# fraud goes back by itself, before it is disputed. 0: an operator decides about all of them.
WARNED_REFUND_MAX = env.integer("WARNED_REFUND_MAX", default=10, least=0, most=500)

DATABASE_URL = os.environ.get("DATABASE_URL", "")

DATABASES = {"default": database_of(DATABASE_URL)}

INSTALLED_APPS = installed_apps(has_fakepay="fakepay" in PAYMENT_PROVIDERS)
MIDDLEWARE = installed_middleware()

ROOT_URLCONF = "pennywhistle.config.urls"
WSGI_APPLICATION = "pennywhistle.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pennywhistle.interfaces.common.context.store",
            ],
        },
    }
]

# Accounts (django-allauth): sign in by mail, confirmed; second factor and passkeys by choice.
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_ADAPTER = "pennywhistle.interfaces.common.accounts.Adapter"
ACCOUNT_SIGNUP_FORM_CLASS = "pennywhistle.interfaces.common.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "pennywhistle.interfaces.common.keys.AddKeyForm"}
MFA_TOTP_ISSUER = STORE_TITLE
# One period of 30 s back and forth: phones' clocks differ, and typing takes time (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Rate limits need a cache that every process shares; parts of pages that are the same for everybody
# are quicker found nearby.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
    "parts": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "parts"},
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("ar", _("Arabic"))]
LOCALE_PATHS = [Path(__file__).parent.parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "pennywhistle.config.static_storage.RememberingStaticFilesStorage"},
}
FILE_UPLOAD_TEMP_DIR = str(DATA / "tmp") if MODE != "test" else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FILES = 500

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if IS_PRODUCTION
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = str(DATA / "mail")
EMAIL_HOST = env.text("MAIL_HOST", default="localhost")
EMAIL_PORT = env.integer("MAIL_PORT", default=25, least=1, most=65535)
EMAIL_HOST_USER = env.text("MAIL_USER")
EMAIL_HOST_PASSWORD = env.text("MAIL_PASSWORD")
EMAIL_USE_TLS = env.switch("MAIL_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", default="store@localhost")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = IS_PRODUCTION
# Asked from nearby, past the proxy that speaks TLS.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
BEHIND_PROXY = env.switch("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Whom limits on tries count: from so many places to the right, X-Forwarded-For is ours to believe.
# Otherwise all guests behind the proxy would be one.
PROXY_COUNT = env.integer("PROXY_COUNT", default=1, least=1, most=8)
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_COUNT if BEHIND_PROXY else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO" if IS_PRODUCTION else "WARNING"},
}

env.finish()
