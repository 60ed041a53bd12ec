"""A stock django-allauth site: documented settings, one OpenID Connect app, Django's session."""
