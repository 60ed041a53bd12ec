"""A stock django-allauth site: its quickstart's settings. A comment explains each difference."""

import os

import dj_database_url

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "bench.peers.allauth_urls"
# The database, its connections and its journal are as in Signet, so only the work differs.
JOURNAL = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
SQLITE = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": JOURNAL}
DATABASE = dj_database_url.config(conn_max_age=60, conn_health_checks=True)
DATABASES = {"default": DATABASE | {"OPTIONS": SQLITE}}
INSTALLED_APPS = [
    *(f"django.contrib.{each}" for each in ("auth", "contenttypes", "sessions", "messages")),
    *("allauth", "allauth.account", "allauth.socialaccount"),
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
PROCESSORS = [
    "django.template.context_processors.request",
    *(f"django.contrib.{each}.context_processors.{each}" for each in ("auth", "messages")),
]
ENGINE = "django.template.backends.django.DjangoTemplates"
TEMPLATES = [{"BACKEND": ENGINE, "APP_DIRS": True, "OPTIONS": {"context_processors": PROCESSORS}}]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTHENTICATION_BACKENDS += ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "/protected/"
ACCOUNT_EMAIL_VERIFICATION = "none"  # no mail server takes part in the benchmark
APP = {"provider_id": "demo", "name": "Demo", "settings": {"server_url": os.environ["ISSUER"]}}
APP |= {"client_id": os.environ["CLIENT_ID"], "secret": os.environ["CLIENT_SECRET"]}
# PKCE is on, as it always is in Signet.
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [APP]}}
USE_TZ = True
LOGGING_CONFIG = None  # warnings are written, nothing else
