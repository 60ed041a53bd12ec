"""A site of Django as `startproject` makes it, with what a snippet puts at its end."""

import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, include, path

TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    },
}


def configure(**more: Any) -> None:
    """Set Django up with the snippet for settings.py, and what documentation adds to it."""
    own: dict[str, Any] = {
        "os": os,
        "DEBUG": True,
        "SECRET_KEY": "for this process alone, and as long as it has to be, which is long",
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "ROOT_URLCONF": "__main__",
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
        "TEMPLATES": [TEMPLATES],
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        "STATIC_URL": "/static/",
    }
    exec(Path("settings.py").read_text(), own)
    for name, value in more.items():
        own[name] = [*own[name], *value] if isinstance(value, list) else value
    settings.configure(**{name: value for name, value in own.items() if name.isupper()})
    django.setup()


def with_snippet(urlpatterns: list[Any]) -> list[URLPattern | URLResolver]:
    """Return the addresses with those of the snippet for urls.py."""
    own = {"urlpatterns": urlpatterns, "path": path, "include": include}
    exec(Path("urls.py").read_text(), own)
    return urlpatterns


def run() -> None:
    call_command("migrate", verbosity=0)
    call_command("runserver", f"127.0.0.1:{os.environ['PORT']}", use_reloader=False)
