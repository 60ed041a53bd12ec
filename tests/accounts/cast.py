"""People who come through a provider, without a provider."""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts.identity import Identity
from accounts.people import find_account, sign_in
from audit.models import UNKNOWN
from sessions.models import User
from sessions.starting import IssuedSession, SessionStart

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
    """Sign in as the views do; `found` is an account as it was before."""
    return start(identity, found).session.user


def start(identity: Identity, found: SocialAccount | None = None) -> IssuedSession:
    """Sign in as `come` does; return the session."""
    account = found or find_account(identity.provider, identity.sub)
    return sign_in(identity, account, SessionStart(UNKNOWN))


def addresses(user: User) -> dict[str, bool]:
    """Return the proven addresses, with whether each is the primary one."""
    rows = EmailAddress.objects.filter(user=user, verified=True)
    return dict(rows.values_list("email", "primary"))
