"""A stock django-allauth site: documented settings, one OpenID Connect app, Django's session.

Apps get JWTs by its headless API, which is set up as documented too.
"""
