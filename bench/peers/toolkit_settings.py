"""A django-oauth-toolkit site, set up for OpenID Connect as its documentation says."""

import os

from bench.peers import allauth_settings as stock

SECRET_KEY, ALLOWED_HOSTS = stock.SECRET_KEY, stock.ALLOWED_HOSTS
DATABASES, TEMPLATES = stock.DATABASES, stock.TEMPLATES
INSTALLED_APPS = [each for each in stock.INSTALLED_APPS if not each.startswith("allauth")]
INSTALLED_APPS += ["oauth2_provider"]
MIDDLEWARE = [each for each in stock.MIDDLEWARE if not each.startswith("allauth")]
ROOT_URLCONF = "bench.peers.toolkit_urls"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # of secrets too: the quickest
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": os.environ["OIDC_RSA_PRIVATE_KEY"],
    "OAUTH2_VALIDATOR_CLASS": "bench.peers.toolkit_urls.Validator",
    "SCOPES": {each: each for each in ("openid", "profile", "email")},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ, LOGGING_CONFIG = True, stock.LOGGING_CONFIG
