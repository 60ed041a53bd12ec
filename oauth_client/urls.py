"""Addresses of the sign-in: a contract with providers, bookmarks and other programs."""

from django.urls import path, register_converter

from oauth_client import pages, views
from oauth_client.how_it_works.page import how_it_works


class ReferenceConverter:
    """A reference such as `7F3K-Q2MD`."""

    regex = "[0-9A-Z]{4}-[0-9A-Z]{4}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ReferenceConverter, "reference")

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign_in"),
    path("sign-in/failed/<reference:reference>/", pages.sign_in_failed, name="sign_in_failed"),
    path("sign-in/<slug:slug>/", views.start, name="sign_in_start"),
    path("sign-in/<slug:slug>/callback/", views.callback, name="sign_in_callback"),
    path("how-it-works/", how_it_works, name="how_it_works"),
]
