"""What single providers do otherwise, each in a way of its own."""

from dataclasses import replace

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import User
from tests.fakes import failure_code
from tests.oauth_client.providers.answers import EVERY
from tests.oauth_client.providers.answers.entry import Answers, OpenID, asked
from tests.oauth_client.providers.answers.openid import GITEA, LINKEDIN, SLACK
from tests.oauth_client.providers.answers.plain import FACEBOOK, REDDIT

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}
OPENID = [provider for provider in EVERY if isinstance(provider.server, OpenID)]


@responses.activate
def test_linkedin_may_leave_the_nonce_out_but_not_send_another(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    LINKEDIN.add()
    LINKEDIN.sign_in(client, nonce="another")
    assert failure_code(caplog.text) == "nonce_mismatch"


@pytest.mark.parametrize("provider", [p for p in OPENID if p is not LINKEDIN], ids=lambda p: p.kind)
@responses.activate
def test_nobody_else_may_leave_the_nonce_out(
    client: Client, caplog: pytest.LogCaptureFixture, provider: Answers
) -> None:
    provider.add()
    provider.sign_in(client, nonce=None)
    assert failure_code(caplog.text) == "nonce_mismatch"


@responses.activate
def test_the_same_user_id_in_another_slack_workspace_is_another_person(client: Client) -> None:
    SLACK.add()
    SLACK.sign_in(client, email="one@example.com")
    responses.reset()
    team = {"https://slack.com/team_id": "T0OTHER"}
    SLACK.sign_in(Client(headers=HOST), email="two@example.com", **team)
    assert User.objects.count() == 2


@pytest.mark.parametrize("team", [None, "", ["T0R7GR"], 0, True, "T0.U0", " T0"], ids=repr)
@responses.activate
def test_a_slack_user_of_no_workspace_is_nobody(
    client: Client, caplog: pytest.LogCaptureFixture, team: object
) -> None:
    SLACK.add()
    SLACK.sign_in(client, **{"https://slack.com/team_id": team})
    assert failure_code(caplog.text) == "subject_invalid"


@pytest.mark.parametrize("issuer", ["https://git.example.org", "https://git.example.org/"])
@responses.activate
def test_a_gitea_with_or_without_a_slash_is_the_same(client: Client, issuer: str) -> None:
    server = GITEA.server
    assert isinstance(server, OpenID)
    provider = replace(GITEA, server=replace(server, issuer=issuer))
    provider.add()
    assert provider.sign_in(client) == "/account/"


@responses.activate
def test_reddit_knows_people_by_id_and_not_by_name(client: Client) -> None:
    REDDIT.add()
    REDDIT.sign_in(client)
    profile = responses.calls[1].request
    assert profile.headers["User-Agent"] == "Signet"
    assert SocialAccount.objects.get().uid == "1w72"


@responses.activate
def test_facebook_is_asked_for_no_more_of_a_profile_than_is_kept(client: Client) -> None:
    FACEBOOK.add()
    FACEBOOK.sign_in(client)
    sent = asked(str(responses.calls[1].request.url))
    assert sent["fields"] == "id,name,email"
