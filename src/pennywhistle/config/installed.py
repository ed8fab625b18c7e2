"""Which applications and middleware the store is made of, in their order."""

# The store's own, from the ground up.
_APPS = (
    "users",
    "parties",
    "catalog",
    "ledger",
    "taxes",
    "payments",
    "rights",
    "media",
    "proof",
    "orders",
    "copies",
    "delivery",
    "discovery",
    "preorders",
    "gifts",
    "letters",
    "wishes",
    "following",
    "offers",
    "charts",
    "contracts",
    "intake",
    "statements",
    "claims",
    "societies",
    "invoices",
    "reach",
    "payouts",
)


def installed_apps(*, has_fakepay: bool) -> list[str]:
    """Ours from the ground up, then Django's and others'; play money only where it is wanted."""
    return [
        *(f"pennywhistle.apps.{name}" for name in _APPS),
        "pennywhistle.interfaces.common",
        "pennywhistle.interfaces.shop",
        "pennywhistle.interfaces.studio",
        "pennywhistle.interfaces.office",
        "pennywhistle.interfaces.api",
        "pennywhistle.interfaces.clock",
        *(["pennywhistle.providers.fakepay"] if has_fakepay else []),
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "django.contrib.postgres",
        "django.forms",
        "allauth",
        "allauth.account",
        "allauth.mfa",
        "django_htmx",
        "csp",
        "procrastinate.contrib.django",
    ]


def installed_middleware() -> list[str]:
    """From the outermost to the innermost."""
    return [
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "csp.middleware.CSPMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "pennywhistle.interfaces.common.middleware.SignInUnlessOpen",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "django_htmx.middleware.HtmxMiddleware",
        "pennywhistle.interfaces.common.middleware.personal_pages_are_private",
    ]
