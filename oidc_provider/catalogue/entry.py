"""What is known of one kind of app: where we send people back to, and what it is told of us."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from oidc_provider.catalogue.snippets import FilledSnippet, Snippet, Values, replaced
from protocol.authorization_server.authorization_request import Pkce
from providers.marks import Letter, mark_of_button

IN_WORDS = (
    "openid_connect",
    "public",
    "gitlab",
    "sentry",
    "demo_app",
)  # kinds whose names are translated
GENERAL = ("Any app", "Your own app")  # categories


@dataclass(frozen=True)
class AppKind:
    """A kind of app, set up as its snippets say.

    `name`, `category`, `where`, `where_redirect_uri`, `licence_note` and `notes` are texts for
    `words`. Text between asterisks is a name on the app's pages.
    """

    id: str
    name: str
    category: str
    snippets: tuple[Snippet, ...]
    where: str  # in the app: the place for what the snippets say
    source: str  # what was read
    checked: str  # the month in which it was read
    # May contain {app} and {name}. () if each app has its own: then `where_redirect_uri` says where
    # to find it.
    redirect_uri_templates: tuple[str, ...] = ()
    where_redirect_uri: str = ""
    usual_address: str = ""  # where people open it, if it is almost always the same
    # To come back to after a sign-out (OpenID Connect RP-Initiated Logout §3)
    post_logout_redirect_uri_templates: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()  # of redirect URIs, beside https and http (RFC 8252 §7.1)
    public: bool = False  # it can keep no secret (RFC 6749 §2.1)
    pkce: Pkce = Pkce.REQUIRED
    scopes: tuple[str, ...] = ("openid", "profile", "email", "groups")
    licence_note: str = ""  # which edition has no OpenID Connect
    notes: tuple[str, ...] = ()  # what surprises people
    also_called: tuple[str, ...] = ()  # words by which somebody may search for it

    @property
    def shown_name(self) -> str:
        """Return its name. Only some have words in them; the others are the same everywhere."""
        return _(self.name) if self.id in IN_WORDS else self.name

    def words(self, text: str) -> str:
        """Translate one of its texts, and put its name in the place of {kind}."""
        return _(text).replace("{kind}", self.shown_name)

    @property
    def scopes_of_app(self) -> list[str]:
        """Return what an app may be granted. Whoever sets it up may also ask for refresh tokens."""
        return [*dict.fromkeys((*self.scopes, "offline_access"))]

    @property
    def mark(self) -> str | Letter:
        """Return what a template includes: a drawing, or the first letter of the name."""
        return mark_of_button(self.id, self.name)

    @property
    def is_general(self) -> bool:
        """Tell whether its name says what can be added, and not what people call the app."""
        return self.category in GENERAL

    @property
    def takes_name(self) -> bool:
        """Tell whether redirect URIs contain the label that the app has for us."""
        return any("{name}" in template for template in self.redirect_uri_templates)

    def redirect_uris(self, app_url: str, name: str) -> tuple[str, ...]:
        """Return the redirect URIs of an app at `app_url` that calls us `name`."""
        return _addresses(self.redirect_uri_templates, app_url, name)

    def post_logout_redirect_uris(self, app_url: str, name: str) -> tuple[str, ...]:
        return _addresses(self.post_logout_redirect_uri_templates, app_url, name)

    def snippets_with(self, values: Values) -> list[FilledSnippet]:
        """Return the snippets with these values; `MARKERS` stand for what is not known."""
        texts = values.texts()
        texts["sign_out"] = self._sign_out(values, texts["client_id"])
        if not values.redirect_uri and self.redirect_uri_templates:
            texts["redirect_uri"] = self.redirect_uris(values.app, values.name)[0]
        return [
            FilledSnippet(each.format, each.title and self.words(each.title), each.filled(texts))
            for each in self.snippets
        ]

    def _sign_out(self, values: Values, client_id: str) -> str:
        """Return the address that ends the session and leads back to the app, if it can."""
        parameters = {"client_id": client_id}
        if back := self.post_logout_redirect_uris(values.app, values.name):
            parameters["post_logout_redirect_uri"] = back[0]
        return f"{values.end_session_endpoint}?{urlencode(parameters)}"


def _addresses(templates: tuple[str, ...], app_url: str, name: str) -> tuple[str, ...]:
    texts = {"app": app_url.rstrip("/"), "name": quote(name, safe="")}
    return tuple(dict.fromkeys(replaced(template, texts) for template in templates))
