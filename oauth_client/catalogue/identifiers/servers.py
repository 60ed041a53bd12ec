"""Servers and tenants that a team, or anybody, may run: they say what their admins want.

Read in 2026-11. Without a word on who verifies addresses it is whoever runs the server.
"""

from functools import partial

from oauth_client.catalogue.identifiers.entry import Chooser, Identifier, Reuse, Verifier, Whose

# An id that the software makes anew for each account, whoever runs it.
made = partial(Identifier, Whose.PERSON, Chooser.PROVIDER, Reuse.NEVER, Verifier.OPERATOR)
given = partial(Identifier, chooser=Chooser.OPERATOR, reuse=Reuse.BY_OPERATOR)

SERVERS = {
    "openid_connect": given(
        Whose.AS_SET_UP,
        verifier=Verifier.OPERATOR,
        source="OpenID Connect Core §2: never given to anybody else; what a server does, nobody "
        "else can see",
    ),
    "auth0": made(
        "auth0.com/docs, user profile structure: user_id, and the tenant's admins may "
        "set email_verified"
    ),
    "okta": made(
        "developer.okta.com, OpenID Connect, ID token: sub is the user's ID; the org's "
        "admins enter addresses"
    ),
    "keycloak": made(
        "keycloak.org, server administration guide: sub is the user's UUID; Email "
        "verified is a switch of the admin"
    ),
    "authentik": given(
        Whose.AS_SET_UP,
        verifier=Verifier.OPERATOR,
        source="docs.goauthentik.io, OAuth2 provider, subject mode: the hashed user ID, or what "
        "its admin sets, among them the login name and the address; until 2025.10 every address "
        "was verified (goauthentik/authentik #16205)",
    ),
    "amazon_cognito": made(
        "docs.aws.amazon.com, Cognito, user pool attributes: sub is a UUID; "
        "admins may set email_verified"
    ),
    "salesforce": made(
        "help.salesforce.com, userinfo endpoint: sub is organisation and user; "
        "whoever runs an organisation enters its people's addresses"
    ),
    "slack": made(
        "docs.slack.dev, openid.connect.userInfo: user and workspace; nothing says who "
        "has proven an address that a workspace's single sign-on has brought"
    ),
    "gitea": made(
        "go-gitea/gitea, services/oauth2_provider: sub is the user's number, and "
        "email_verified is true for every active account"
    ),
    "forgejo": made("as Gitea, from which it comes"),
    "lemonldap": given(
        Whose.LOGIN_NAME,
        verifier=Verifier.OPERATOR,
        source="lemonldap-ng.org, OpenID Connect provider: the user attribute of the relying "
        "party, by default the login name",
    ),
    "netiq": given(
        Whose.AS_SET_UP,
        verifier=Verifier.OPERATOR,
        source="microfocus.com, Access Manager, OAuth and OpenID Connect: claims are mapped by "
        "its admins",
    ),
    "nextcloud": given(
        Whose.LOGIN_NAME,
        verifier=Verifier.NOBODY,
        source="docs.nextcloud.com, user provisioning API: the user ID, chosen when the account is "
        "made and free again when it is deleted",
    ),
    "mailcow": given(
        Whose.MAILBOX,
        verifier=Verifier.NOBODY,
        source="mailcow/mailcow-dockerized, web/oauth/profile.php: id is the mailbox",
    ),
    "mediawiki": Identifier(
        Whose.PERSON,
        Chooser.PROVIDER,
        Reuse.NEVER,
        Verifier.NOBODY,
        "mediawiki.org, Extension:OAuth: sub is the number of the account",
    ),
    "jupyterhub": Identifier(
        Whose.LOGIN_NAME,
        Chooser.OPERATOR,
        Reuse.POSSIBLE,
        Verifier.NOBODY,
        "jupyterhub.readthedocs.io, REST API: a user's name is all that there is",
    ),
    "edx": Identifier(
        Whose.LOGIN_NAME,
        Chooser.PERSON,
        Reuse.POSSIBLE,
        Verifier.NOBODY,
        "docs.openedx.org, SQL schema, username: might change one day",
    ),
    "agave": Identifier(
        Whose.OTHER,
        Chooser.PROVIDER,
        Reuse.POSSIBLE,
        Verifier.NOBODY,
        "django-allauth, agave: reads the time at which the account was made",
    ),
}
