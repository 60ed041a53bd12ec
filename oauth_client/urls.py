"""Addresses of the sign-in: a contract with providers, bookmarks and other programs."""

from django.urls import path, re_path

from oauth_client import pages, views
from oauth_client.how_it_works import how_it_works

REFERENCE = "(?P<reference>[0-9A-Z]{4}-[0-9A-Z]{4})"  # such as 7F3K-Q2MD

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign_in"),
    re_path(rf"^sign-in/failed/{REFERENCE}/\Z", pages.sign_in_failed, name="sign_in_failed"),
    path("sign-in/<slug:slug>/", views.start, name="sign_in_start"),
    path("sign-in/<slug:slug>/callback/", views.callback, name="sign_in_callback"),
    path("how-it-works/", how_it_works, name="how_it_works"),
]
