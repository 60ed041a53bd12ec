"""People who come through a provider, without a provider."""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.middleware import SessionMiddleware as ScratchMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.identity import Identity
from accounts.people import find_account, sign_in
from sessions.middleware import SessionMiddleware
from sessions.models import User
from tests.conftest import HOST

ALICE = Identity(
    "github",
    "1",
    name="Alice Archer",
    username="alice",
    picture="https://avatars.example/alice.png",
    email="alice@example.com",
    email_verified=True,
)
BOB = Identity("github", "2", name="Bob Baker", email="bob@example.com", email_verified=True)


def come(identity: Identity, found: SocialAccount | None = None) -> User:
    """Sign in as the views do, in a request of its own; `found` is an account as it was before."""
    request = RequestFactory().get("/", headers={"host": HOST})
    for middleware in (ScratchMiddleware, SessionMiddleware):
        middleware(lambda _: HttpResponse()).process_request(request)
    return sign_in(request, identity, found or find_account(identity.provider, identity.sub))


def addresses(user: User) -> dict[str, bool]:
    """Return the proven addresses, with whether each is the primary one."""
    rows = EmailAddress.objects.filter(user=user, verified=True)
    return dict(rows.values_list("email", "primary"))
