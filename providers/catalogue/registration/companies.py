"""Providers that are one place for everybody."""

from providers.catalogue.registration.entry import Registration

COMPANIES = {
    "github": Registration(
        console="{base_url}/settings/developers",
        steps=(
            (
                "Open *Settings*, *Developer settings*, *OAuth Apps*: your own, or those of the "
                "organisation that shall own the app."
            ),
            (
                "Press *New OAuth app*, or *Register a new application* if it is the first. Any "
                "name and homepage will do; visitors see them."
            ),
            (
                "Paste the redirect URI into *Authorization callback URL* and press "
                "*Register application*."
            ),
            (
                "Copy the *Client ID*, press *Generate a new client secret* and copy that too: "
                "GitHub shows it once."
            ),
        ),
        redirect_uri="Authorization callback URL",
        base_url="Only for GitHub Enterprise: its address, such as https://github.example.com.",
        note="An OAuth app, not a GitHub App: that one signs people in by other rules.",
        also_called=("GitHub Enterprise",),
    ),
    "google": Registration(
        console="https://console.cloud.google.com/auth/clients",
        steps=(
            (
                "Choose or make a project. The first time, *Get started* asks for the app's name "
                "and audience: *Internal* for people of your Workspace, *External* for everybody."
            ),
            "Under *Clients*, press *Create client* and choose *Web application*.",
            "Add the redirect URI under *Authorized redirect URIs* and press *Create*.",
            (
                "Copy *Client ID* and *Client secret* before you close the window: the secret is "
                "not shown again."
            ),
            (
                "For *External*, press *Publish app* under *Audience*. Until then only test users "
                "may sign in."
            ),
        ),
        redirect_uri="Authorized redirect URIs",
        note="A change at Google can take minutes to count.",
        also_called=("Google Workspace", "Gmail", "G Suite"),
    ),
    "microsoft": Registration(
        console="https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/"
        "ApplicationsListBlade",
        steps=(
            "Open *App registrations* and press *New registration*.",
            (
                "Choose who may sign in under *Supported account types*: the *Tenant* in the form "
                "has to fit it."
            ),
            (
                "Under *Redirect URI* choose the platform *Web*, paste the redirect URI and press "
                "*Register*."
            ),
            (
                "On *Overview*, copy the *Application (client) ID*, and for one organisation the "
                "*Directory (tenant) ID*."
            ),
            (
                "Under *Certificates & secrets*, press *New client secret* and copy its *Value*, "
                "not its *Secret ID*."
            ),
        ),
        client_id="Application (client) ID",
        client_secret="Value of a client secret",
        redirect_uri="Redirect URI, platform Web",
        base_url="Only for a national cloud, such as https://login.microsoftonline.us.",
        note="Every secret expires, within 24 months: enter its last day too, under More.",
        also_called=("Entra ID", "Azure AD", "Office 365", "Microsoft 365"),
    ),
    "apple": Registration(
        console="https://developer.apple.com/account/resources/identifiers/list/serviceId",
        steps=(
            (
                "You need an App ID with *Sign in with Apple*. Make one under *Identifiers* if "
                "there is none."
            ),
            "Under *Identifiers*, add a *Services ID*: its identifier is the client ID.",
            (
                "Open it, tick *Sign in with Apple*, press *Configure*, choose the App ID, and "
                "enter your domain and the redirect URI, as *Return URL*. Save all the way out."
            ),
            (
                "Under *Keys*, make a key with *Sign in with Apple*, download its .p8 file "
                "(possible once) and note the *Key ID*."
            ),
            "The *Team ID* stands under *Membership details*.",
        ),
        client_id="Services ID",
        client_secret="none: Signet signs one with your key",
        redirect_uri="Return URL",
        note="Apple takes https addresses alone, and neither localhost nor a number.",
        also_called=("Sign in with Apple", "iCloud"),
    ),
    "discord": Registration(
        console="https://discord.com/developers/applications",
        steps=(
            "Press *New Application* and give it the name that visitors will see.",
            "Open *OAuth2*, press *Add Redirect*, paste the redirect URI and press *Save Changes*.",
            (
                "Copy the *Client ID*, press *Reset Secret* and copy the *Client Secret*: Discord "
                "shows it once."
            ),
        ),
        client_secret="Client Secret",
        redirect_uri="Redirects",
    ),
    "slack": Registration(
        console="https://api.slack.com/apps",
        steps=(
            "Press *Create New App*, *From scratch*, and choose a name and your workspace.",
            (
                "Open *OAuth & Permissions*, press *Add New Redirect URL*, paste the redirect URI "
                "and press *Save URLs*."
            ),
            "Under *User Token Scopes* add openid, profile and email.",
            "Under *Basic Information*, *App Credentials*, copy *Client ID* and *Client Secret*.",
        ),
        client_secret="Client Secret",
        redirect_uri="Redirect URLs",
        note="Slack takes https addresses alone. People of other workspaces can sign in once the "
        "app is distributed, under *Manage Distribution*.",
    ),
    "linkedin_oauth2": Registration(
        console="https://www.linkedin.com/developers/apps",
        steps=(
            "Press *Create app*. It has to belong to a LinkedIn page, whose admin confirms it.",
            "Under *Products*, request *Sign In with LinkedIn using OpenID Connect*.",
            "Under *Auth*, add the redirect URI to *Authorized redirect URLs for your app*.",
            "There too, copy *Client ID* and *Primary Client Secret*.",
        ),
        client_secret="Primary Client Secret",
        redirect_uri="Authorized redirect URLs",
    ),
    # 2026-11, developers.facebook.com, "Customize the Authenticate and request data from users with
    # Facebook Login Use Case" (of 2025-10)
    "facebook": Registration(
        console="https://developers.facebook.com/apps/",
        steps=(
            (
                "Press *Create app* and choose the use case *Authenticate and request data from "
                "users with Facebook Login*."
            ),
            (
                "Under *Use cases*, open it, press *Add* beside the permission *email*, and "
                "*Increase access* beside *public_profile*."
            ),
            "In its *Settings*, add the redirect URI under *Valid OAuth Redirect URIs* and save.",
            "Under *App settings*, *Basic*, copy *App ID* and *App secret*.",
            "Publish the app. Until then only people with a role in it may sign in.",
        ),
        client_id="App ID",
        client_secret="App secret",
        redirect_uri="Valid OAuth Redirect URIs",
        also_called=("Meta",),
    ),
    # 2026-11, docs.x.com, "Apps"
    "twitter_oauth2": Registration(
        console="https://console.x.com/",
        steps=(
            "Press *Create App*, open the app, and set up *User authentication settings*.",
            "Choose *Read* and *Web App, Automated App or Bot*: a confidential client.",
            (
                "Paste the redirect URI into *Callback URI / Redirect URL*, enter your site's "
                "address as *Website URL*, and save."
            ),
            (
                "Copy the *Client ID* and *Client Secret* of OAuth 2.0: X shows the secret once. "
                "The *API Key* is of another protocol."
            ),
        ),
        client_id="OAuth 2.0 Client ID",
        client_secret="OAuth 2.0 Client Secret",
        redirect_uri="Callback URI / Redirect URL",
        note="Signet asks X for no address: X shares it only with apps that may *Request email "
        "from users*. For a try on your own machine X wants 127.0.0.1 in place of localhost.",
        also_called=("Twitter",),
    ),
    # 2026-11, support.atlassian.com, "Use OAuth on Bitbucket Cloud"
    "bitbucket_oauth2": Registration(
        console="https://bitbucket.org/account/workspaces/",
        steps=(
            (
                "Choose the workspace that shall own it, and open *Workspace settings*, *Apps and "
                "features*, *OAuth consumers*."
            ),
            "Press *Add consumer* and paste the redirect URI into *Callback URL*.",
            "Under *Permissions*, *Account*, tick *Email* and *Read*, and press *Save*.",
            "Open the new consumer in the list and copy *Key* and *Secret*.",
        ),
        client_id="Key",
        client_secret="Secret",
        redirect_uri="Callback URL",
        also_called=("Atlassian",),
    ),
}
