"""The site as a WSGI application, for the same gunicorn that serves Signet."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.allauth_site.settings")
application = get_wsgi_application()
