"""Providers that a team has for itself, on a server or in a tenant of its own."""

from providers.catalogue.registration.entry import Registration

OWN_SERVERS = {
    "openid_connect": Registration(
        console="",
        steps=(
            (
                "Register a client for the web at your OpenID Provider: confidential, with the "
                "authorization code flow."
            ),
            "Paste the redirect URI into its list of redirect URIs.",
            "Copy its *client ID* and *client secret* into the form.",
            (
                "Enter the *issuer* as base URL, letter by letter, with or without its last slash: "
                "/.well-known/openid-configuration below it has to answer, and to name it so. The "
                "whole address of that document is good too."
            ),
        ),
        base_url="The issuer, letter by letter, such as https://id.example.com; or the address of "
        "its discovery document.",
        # 2026-11, learn.microsoft.com, "Web sign in with OpenID Connect in Azure Active Directory
        # B2C": without the client ID among the scopes there is no access token
        note="If it answers that the secret is wrong although it is right, choose another token "
        "endpoint auth method, under More. Azure AD B2C has one issuer for all its policies: enter "
        "the address of the policy's document as base URL, and under More its issuer, and openid "
        "with the client ID as scope.",
        also_called=(
            "OIDC",
            "issuer",
            "Zitadel",
            "Authelia",
            "Ory",
            "Dex",
            "ADFS",
            "Kanidm",
            "Azure AD B2C",
        ),
    ),
    # 2026-11, docs.gitlab.com, "Configure GitLab as an OAuth 2.0 authentication identity provider"
    "gitlab": Registration(
        console="{base_url}/-/user_settings/applications",
        steps=(
            (
                "Open *Applications*: of your own user under *Edit profile*, of a group under "
                "*Settings*, or of your own server under *Admin*."
            ),
            (
                "Press *Add new application* (under *Admin*, *New application*), paste the "
                "redirect URI into *Redirect URI*, and leave *Confidential* ticked."
            ),
            "Tick the scopes openid, profile and email, and press *Save application*.",
            "Copy *Application ID* and *Secret*: GitLab shows it once.",
        ),
        client_id="Application ID",
        client_secret="Secret",
        base_url="Only for a server of your own: its address, such as https://gitlab.example.com.",
    ),
    "auth0": Registration(
        console="https://manage.auth0.com/",
        steps=(
            "Open *Applications*, press *Create Application*, choose *Regular Web Applications*.",
            (
                "On *Settings*, paste the redirect URI into *Allowed Callback URLs* and press "
                "*Save Changes*."
            ),
            "Copy *Client ID* and *Client Secret* from the top of that page.",
            "Enter https:// and the *Domain* as base URL.",
        ),
        client_secret="Client Secret",
        redirect_uri="Allowed Callback URLs",
        base_url="https:// and the Domain, such as https://team.eu.auth0.com.",
    ),
    "okta": Registration(
        console="{origin}/admin/apps/active",
        steps=(
            "In the Admin Console, open *Applications* and press *Create App Integration*.",
            "Choose *OIDC - OpenID Connect* and *Web Application*.",
            (
                "Paste the redirect URI into *Sign-in redirect URIs*, choose under *Assignments* "
                "who may use it, and press *Save*."
            ),
            "Copy *Client ID* and the secret under *Client secrets*.",
            (
                "Enter your Okta domain as base URL, or the *Issuer URI* of a custom authorization "
                "server."
            ),
        ),
        redirect_uri="Sign-in redirect URIs",
        base_url="The issuer: https://team.okta.com, or https://team.okta.com/oauth2/default.",
        note="Somebody to whom the app is not assigned cannot sign in.",
    ),
    "keycloak": Registration(
        console="{origin}/admin/",
        steps=(
            (
                "In the admin console choose the realm, open *Clients* and press *Create client*: "
                "*OpenID Connect*, and a *Client ID* that you make up."
            ),
            "Switch *Client authentication* on, and leave *Standard flow* ticked.",
            "Paste the redirect URI into *Valid redirect URIs* and press *Save*.",
            "On *Credentials*, copy the *Client Secret*.",
            "Enter the address of the realm as base URL.",
        ),
        client_secret="Client Secret",
        redirect_uri="Valid redirect URIs",
        base_url="The realm, such as https://keycloak.example.com/realms/team.",
        also_called=("Red Hat SSO",),
    ),
    # 2026-11, docs.goauthentik.io, "Create an OAuth2 provider"
    "authentik": Registration(
        console="{origin}/if/admin/#/core/applications",
        steps=(
            (
                "In the admin interface open *Applications*, *Applications* and press *Create with "
                "provider*."
            ),
            "Name it, note its *Slug*, and choose *OAuth2/OIDC* as *Provider Type*.",
            (
                "Choose *Confidential* as client type, paste the redirect URI under *Redirect "
                "URIs* as *Strict*, and choose a *Signing Key*."
            ),
            "Press *Submit*, open the provider and copy *Client ID* and *Client Secret*.",
            "Enter https://, the host, /application/o/ and the slug as base URL.",
        ),
        client_secret="Client Secret",
        redirect_uri="Redirect URIs/Origins",
        base_url="Such as https://authentik.example.com/application/o/signet/.",
        note="Without a signing key it signs with the client secret, and Signet refuses that.",
        also_called=("goauthentik",),
    ),
}
