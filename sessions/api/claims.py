"""What each claim of a session JWT means: for the API's description, and for people."""

from django.utils.translation import gettext_noop

# Each claim has a short text first. Some have a second one with the details.
MEANINGS: dict[str, tuple[str, ...]] = {
    "iss": (gettext_noop("The issuer: this site."),),
    "aud": (
        gettext_noop("The audience: who may accept this token."),
        gettext_noop(
            "An app looks for its own name here. A script's token names /api/session of this site, "
            "and the services that its owner has chosen."
        ),
    ),
    "sub": (
        gettext_noop("The ID of the person, which never changes."),
        gettext_noop("A new person gets it at the first sign-in."),
    ),
    "client_id": (
        gettext_noop("What has signed in: this site in a browser, or the session of a script."),
    ),
    "sid": (
        gettext_noop("The ID of the session."),
        gettext_noop("All tokens of a session have the same one."),
    ),
    "jti": (gettext_noop("The ID of this token."), gettext_noop("No other token has it.")),
    "gen": (gettext_noop("How often the session has been refreshed."),),
    "iat": (gettext_noop("When the token was issued."), gettext_noop("In seconds since 1970.")),
    "exp": (gettext_noop("When the token expires."), gettext_noop("In seconds since 1970.")),
    "auth_time": (
        gettext_noop("When the person signed in."),
        gettext_noop("In seconds since 1970."),
    ),
    "idp": (
        gettext_noop("The provider that the person signed in with."),
        gettext_noop("By its slug. Absent after a password sign-in, and in a script's token."),
    ),
    "scope": (
        gettext_noop("What the token says about the person."),
        gettext_noop("The owner of a script chooses it."),
    ),
    "groups": (
        gettext_noop("The groups that the access rules grant."),
        gettext_noop("Absent if there are none."),
    ),
    "email": (
        gettext_noop("The email address of the person."),
        gettext_noop("It can belong to somebody else later: identify people by sub."),
    ),
    "email_verified": (gettext_noop("Whether the provider has verified the address."),),
    "name": (gettext_noop("The name of the person."),),
    "picture": (gettext_noop("The address of the person's picture."),),
}
