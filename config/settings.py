"""All settings, from the environment: see docs/settings.md. A bad one stops the start."""

import os
import pkgutil
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount import providers as allauth_providers

from config import service_urls
from config.env import Environment, is_random
from config.hosts import is_loopback
from protocol.limits import FORM_POST_BODY

env = Environment(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = env.flag("DEBUG", default=False)
DEMO = env.flag("DEMO", default=False)

# Our address. Links, redirect URIs and the issuer come from here, never from the Host header.
PORT = env.whole("PORT", 8000, low=1, high=65535)
BIND = env.bind("BIND", f"127.0.0.1:{PORT}")
BASE_URL = env.origin("BASE_URL", f"http://localhost:{PORT}")
BASE_HOST = urlsplit(BASE_URL).netloc.removesuffix(f":{urlsplit(BASE_URL).port}")
MAX_BASE_URL = 150  # characters; the cookie of a session has it three times
IS_HTTPS = BASE_URL.startswith("https://")
IS_LOOPBACK = is_loopback(BASE_HOST.strip("[]"))
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS") or (LOOPBACK_HOSTS if IS_LOOPBACK else [])
if BASE_HOST not in ALLOWED_HOSTS:
    ALLOWED_HOSTS = [BASE_HOST, *ALLOWED_HOSTS]
ALLOWED_REDIRECT_ORIGINS = env.origins("ALLOWED_REDIRECT_ORIGINS", is_https=IS_HTTPS)
FORCE_SCRIPT_NAME = ""  # the address has no path
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
OUTGOING_PROXY = env.url("OUTGOING_PROXY", "", service_urls.outgoing_proxy)

if not IS_HTTPS and not IS_LOOPBACK:
    env.refuse("BASE_URL", "must begin with https://, unless its host is loopback")
if DEBUG and not IS_LOOPBACK:
    env.refuse("DEBUG", "may be true only while the host of BASE_URL is loopback")
if DEMO and not IS_LOOPBACK:
    env.refuse("DEMO", "may be true only while the host of BASE_URL is loopback")
if len(BASE_URL) > MAX_BASE_URL:
    env.refuse("BASE_URL", f"must have at most {MAX_BASE_URL} characters: a cookie carries it")

# Secrets. Only DEBUG, which is bound to loopback, starts without any.
SECRET_KEY = env.random("SECRET_KEY", shortest=50)
if DEBUG and not SECRET_KEY:
    SECRET_KEY = "not a secret, DEBUG only " * 2
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS")
ENCRYPTION_KEYS = env.keys("ENCRYPTION_KEYS")
if not SECRET_KEY:
    env.refuse("SECRET_KEY", "must be set to at least 50 random characters")
if not all(is_random(key, 50) for key in SECRET_KEY_FALLBACKS):
    allowed = "must be comma-separated keys of at least 50 random characters each"
    env.refuse("SECRET_KEY_FALLBACKS", allowed)
if DEBUG and not ENCRYPTION_KEYS:
    ENCRYPTION_KEYS = [sha256(SECRET_KEY.encode()).digest()]
if not ENCRYPTION_KEYS:
    env.refuse("ENCRYPTION_KEYS", "must be set: comma-separated base64url of 32 bytes each")

# The session JWT
SESSION_LIFETIME = env.seconds("SESSION_LIFETIME", 7_776_000, low=60, high=34_560_000)
SESSION_IDLE_LIFETIME = env.seconds(
    "SESSION_IDLE_LIFETIME", min(1_209_600, SESSION_LIFETIME), low=60, high=34_560_000
)
SESSION_TOKEN_LIFETIME = env.seconds(
    "SESSION_TOKEN_LIFETIME", min(600, SESSION_IDLE_LIFETIME), low=60, high=86400
)
if SESSION_IDLE_LIFETIME > SESSION_LIFETIME:
    env.refuse("SESSION_IDLE_LIFETIME", "must be at most SESSION_LIFETIME")
if SESSION_TOKEN_LIFETIME > SESSION_IDLE_LIFETIME:
    env.refuse("SESSION_TOKEN_LIFETIME", "must be at most SESSION_IDLE_LIFETIME")
REFRESH_GRACE = env.seconds("REFRESH_GRACE", 30, low=0, high=600)
REVOCATION_STALE_AFTER = env.seconds("REVOCATION_STALE_AFTER", 10, low=1, high=600)
SESSION_AUDIENCE = env.audiences("SESSION_AUDIENCE", BASE_URL, room=600 - 2 * len(BASE_URL))
SESSION_CLAIMS = env.subset("SESSION_CLAIMS", ("email", "email_verified", "name", "picture"))
SIGNING_ALGORITHM = env.choice("SIGNING_ALGORITHM", "ES256", ("ES256", "EdDSA", "RS256", "HS256"))
SIGNING_KEY_MAX_AGE = env.seconds("SIGNING_KEY_MAX_AGE", 90 * 86400, low=3600, high=2 * 365 * 86400)
SIGN_IN_ATTEMPT_RETENTION = env.seconds(
    "SIGN_IN_ATTEMPT_RETENTION", 90 * 86400, low=3600, high=10 * 365 * 86400
)
AUDIT_RETENTION = env.seconds("AUDIT_RETENTION", 365 * 86400, low=0, high=20 * 365 * 86400)
MEMBERSHIP_MAX_AGE = env.seconds("MEMBERSHIP_MAX_AGE", 86_400, low=300, high=30 * 86400)
MEMBERSHIP_UNREACHABLE = env.choice("MEMBERSHIP_UNREACHABLE", "keep", ("keep", "refuse"))
METRICS_TOKEN = env.bearer("METRICS_TOKEN", shortest=16)
ADMIN_PASSWORD_LOGIN = env.flag("ADMIN_PASSWORD_LOGIN", default=True)
STRAIGHT_THROUGH = env.flag("STRAIGHT_THROUGH", default=False)
TEMPLATES_DIR = env.folders("TEMPLATES_DIR")  # of the team's own, or none

# Processes, and what they share
WEB_CONCURRENCY = env.whole("WEB_CONCURRENCY", 1, low=1, high=64, unit=" of processes")
WEB_THREADS = env.whole("WEB_THREADS", 128, low=1, high=256, unit=" of threads")
DEFAULT_DATABASE = service_urls.database(f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
DATABASES: dict[str, Any] = {
    "default": env.url("DATABASE_URL", DEFAULT_DATABASE, service_urls.database)
    | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue instead of failing when a read turns into a write (sqlite.org/wal.html).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # Threads share connections, which come back to the pool at the end of each request.
    DATABASES["default"] |= {"ENGINE": "config.postgresql", "CONN_MAX_AGE": 0}

CACHE_URL = env.url("CACHE_URL", "locmem://", service_urls.cache)
# The number of entries of each cache. Strangers can fill a cache, so each purpose has its own. Then
# nobody can push out what must be kept: used states, and the counts of wrong passwords.
CACHE_ENTRIES = {"default": 200_000, "attempts": 100_000, "starts": 20_000}
CACHE_ENTRIES |= {
    "pictures": 100,
    "traces": 1000,
    "proven": 1000,
    "forms": 200,
    "pushed": 5000,
    "long-requests": 2000,
}
BACKENDS = "django.core.cache.backends"
CACHES: dict[str, Any] = {
    name: {"BACKEND": f"{BACKENDS}.locmem.LocMemCache", "LOCATION": name}
    | {"OPTIONS": {"MAX_ENTRIES": entries}}
    for name, entries in CACHE_ENTRIES.items()
}
if CACHE_URL != "locmem://":
    # A visitor waits at most this long for a Redis that hangs; nothing is tried twice.
    patience = {"socket_connect_timeout": 2, "socket_timeout": 2}  # seconds
    redis = {"BACKEND": f"{BACKENDS}.redis.RedisCache", "LOCATION": CACHE_URL, "OPTIONS": patience}
    # Each process counts the starts of sign-ins itself. Counting one must not call Redis: it would
    # take time, and fail in an outage.
    CACHES |= {
        name: redis | {"KEY_PREFIX": f"signet-{name}"} for name in CACHES if name != "starts"
    }
elif WEB_CONCURRENCY > 1:
    env.refuse("CACHE_URL", "must be a redis:// URL while WEB_CONCURRENCY is over 1")

env.check()

# Cookies. Django's own session only holds messages for the next page; it signs nobody in.
COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}scratch"
SESSION_COOKIE_AGE = 600  # seconds
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
CSRF_FAILURE_VIEW = "oauth_client.pages.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Headers
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # config.middleware sends X-Frame-Options with the policy
    "security.W005",  # other hosts of the team's domain are not ours to switch to https
    "security.W008",  # https ends at the proxy; BASE_URL says so, see config.middleware
    "security.W021",  # the preload list is the domain owner's decision
]

# No form, no API and no page of the admin needs more. The only file, a logo, fits into it.
DATA_UPLOAD_MAX_MEMORY_SIZE = FORM_POST_BODY  # bytes of a body
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# The catalogue is made of every provider package of allauth that speaks OAuth 2.0.
OTHER_PROTOCOLS = """
    base discogs draugiem dummy evernote fivehundredpx flickr oauth oauth2 openid
    openstreetmap pocket saml steam telegram trello tumblr twitter vimeo xing
""".split()  # noqa: SIM905 - read as a list of words
PROVIDER_APPS = [
    f"{allauth_providers.__name__}.{module.name}"
    for module in pkgutil.iter_modules(allauth_providers.__path__)
    if module.name not in OTHER_PROTOCOLS
]

INSTALLED_APPS = [
    "accounts.apps.SignetAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    *PROVIDER_APPS,
    "sessions",
    "accounts",  # after allauth, whose admin pages it takes down
    "providers",
    "attempts",
    "access_rules",
    "oauth_client",
    "oidc_provider",
    "web",
    "audit",  # after the others, so that their events are written in the same turn
    "dashboard",
]
MIDDLEWARE = [
    "config.request_input.RequestTextMiddleware",
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.BaseUrlMiddleware",
    "web.static_serving.StaticFilesMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "sessions.middleware.CookieMiddleware",
    "config.language.LanguageMiddleware",
    "config.request_input.RequestBodyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.HostMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "sessions.middleware.SessionMiddleware",
    "sessions.middleware.SignInRequiredMiddleware",
    "sessions.late_forms.LateFormMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [*TEMPLATES_DIR, BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "web.html_times",
                "web.html_site",
                "web.html_language",
                "oidc_provider.html_navigation",
            ],
        },
    },
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# People
AUTH_USER_MODEL = "signet_sessions.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/account/"

# django-allauth keeps accounts and addresses; the flow, its pages and the provider rows are ours.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
SOCIALACCOUNT_ADAPTER = "providers.clients.by_allauth.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False

# Files, language, time
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "web.static_files.HashedStorage"}}
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German")]  # those that are complete (CONTRIBUTING.md)
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config"
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.log.OneLineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "config.log.StderrHandler", "formatter": "line"}},
    "filters": {"outage": {"()": "config.outage.OutageFilter"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"filters": ["outage"]},
        "django": {"handlers": [], "propagate": True},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners; they get their 400
        "django.security.csrf": {"level": "CRITICAL"},  # oauth_client.pages says it, without a code
        # allauth and urllib3 log what they send and receive, which must never be in our log
        "allauth": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}
