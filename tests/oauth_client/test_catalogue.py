import pytest
from django.test import Client

from oauth_client import catalogue
from tests.fakes import add_provider, begin

NEW_KINDS = [kind.id for kind in catalogue.addable_kinds() if kind.protocol == "allauth"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", NEW_KINDS)
def test_a_sign_in_begins_with_every_kind_that_can_be_added(client: Client, kind: str) -> None:
    slug = kind.lower()
    add_provider(slug, kind)
    asked = begin(client, slug)
    assert asked["response_type"] == "code"
    assert asked["client_id"] == "client-1"
    assert asked["redirect_uri"] == f"http://localhost:8000/sign-in/{slug}/callback/"
    assert asked["code_challenge_method"] == "S256"
