"""What Apple does otherwise."""

import time

import jwt
import pytest
import responses
from django.test import Client

from attempts import recording
from attempts.models import SignInAttempt
from tests.access_rules.visits import add_rule
from tests.fakes import begin
from tests.providers.clients.answers.entry import APPLE_KEY, form
from tests.providers.clients.answers.openid import APPLE

pytestmark = pytest.mark.django_db


@responses.activate
def test_apple_gets_a_client_secret_that_we_have_just_signed(client: Client) -> None:
    APPLE.add()
    APPLE.sign_in(client)
    secret = form(responses.calls[0])["client_secret"]
    header = jwt.get_unverified_header(secret)
    audience = "https://appleid.apple.com"
    claims = jwt.decode(secret, APPLE_KEY.public_key(), ["ES256"], audience=audience)
    assert (header["alg"], header["kid"]) == ("ES256", "KEY1234567")
    assert (claims["iss"], claims["sub"]) == ("TEAM123456", "client-1")
    assert 0 < claims["exp"] - time.time() <= 300


@responses.activate
def test_apple_is_asked_to_answer_by_post_with_a_code_alone(client: Client) -> None:
    APPLE.add()
    asked = begin(client, "apple")
    assert asked["response_mode"] == "form_post"
    assert asked["response_type"] == "code"


@responses.activate
def test_apple_vouches_for_no_more_than_it_may(client: Client) -> None:
    APPLE.add(vouches_for="example.org")
    assert APPLE.sign_in(client) == "/account/"
    claims = client.get("/api/session").json()
    assert (claims["email"], claims["email_verified"]) == ("alice@example.com", False)
    recording.write()
    assert SignInAttempt.objects.get().unvouched_domain == "example.com"


@responses.activate
def test_a_rule_can_look_at_every_claim_of_apple(client: Client) -> None:
    add_rule(APPLE.add(who_may_sign_in="matching"), "claim", "is_private_email=false")
    assert APPLE.sign_in(client) == "/account/"
