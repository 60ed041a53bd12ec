"""The eight steps of a sign-in in words: for the page, and for the diagram."""

from dataclasses import dataclass

from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party

BROWSER, SIGNET, PROVIDER = Party
REDIRECT = 3  # row of the flow's table


@dataclass(frozen=True)
class Step:
    """A step in plain words."""

    number: int
    title: str
    words: str


STEPS = (
    Step(
        1,
        "Register the application",
        "Before anybody can sign in, an admin registers this site at the provider, with the address"
        " to which visitors return. The provider gives two values in exchange: a client ID, which"
        " names this site, and a client secret, which proves that a request comes from it.",
    ),
    Step(
        2,
        "Ask the visitor",
        "You choose a provider and press its button. Nothing has been sent to a provider yet, and"
        " you never type its password here.",
    ),
    Step(
        3,
        "Redirect to the authorization endpoint",
        "This site sends your browser to a page of the provider. The address of that page contains"
        " the request. Values that belong to it stay in an encrypted cookie, so only this browser"
        " can finish the sign-in.",
    ),
    Step(
        4,
        "Receive the authorization code",
        "The provider knows you, or asks for your password on its own page, and asks whether you"
        " agree. If you do, it sends your browser back with an authorization code. The code works"
        " once, for a few minutes, and only for this site: nobody else can use it.",
    ),
    Step(
        5,
        "Request the access token",
        "Now this site sends the code to the provider's token endpoint, without your browser. The"
        " client secret proves that the request comes from this site. The code verifier proves"
        " that this site began the sign-in.",
    ),
    Step(
        6,
        "Receive the access token",
        "The provider responds with an access token. With it, this site may request your profile"
        " for a while. An OpenID Provider adds a signed ID token that says who you are. This site"
        " checks the signature with the provider's public keys.",
    ),
    Step(
        7,
        "Request the provider's API",
        "With the access token, this site asks the provider's API who you are. It gets what you"
        " agreed to, and no more. Then it forgets the token, unless an access rule needs it again."
        " If the ID token has said everything, this site sends no request.",
    ),
    Step(
        8,
        "Issue the session JWT",
        "Now this site knows you, and issues its own signed token. It says who you are, and until"
        " when. Your browser keeps it in a cookie. Your team's apps can check its signature."
        " Anybody who has it can read it, so it contains no secret.",
    ),
)
# The picture: labels above the arrows, notes below, for each message in its order.
LABELS: dict[tuple[int, Party, Party], tuple[str, str]] = {
    (1, SIGNET, PROVIDER): ("register this site", "once, by its admin"),
    (1, PROVIDER, SIGNET): ("client ID, client secret", ""),
    (2, SIGNET, BROWSER): ("who shall vouch?", "the sign-in page"),
    (2, BROWSER, SIGNET): ("this provider", ""),
    (3, SIGNET, BROWSER): ("redirect to provider", "state, code challenge"),
    (3, BROWSER, PROVIDER): ("may this site know who I am?", "authorization endpoint"),
    (4, PROVIDER, BROWSER): ("yes: redirect back", ""),
    (4, BROWSER, SIGNET): ("authorization code", "code, state"),
    (5, SIGNET, PROVIDER): ("code, secret, verifier", "token endpoint"),
    (6, PROVIDER, SIGNET): ("access token, ID token", ""),
    (6, SIGNET, PROVIDER): ("which keys are yours?", "JWKS endpoint"),
    (7, SIGNET, PROVIDER): ("who is this?", "API, with access token"),
    (7, PROVIDER, SIGNET): ("name, email, picture", ""),
    (8, SIGNET, BROWSER): ("session JWT", "in a cookie"),
}
LABELS_AGAIN: dict[tuple[int, Party, Party], tuple[str, str]] = {
    (6, PROVIDER, SIGNET): ("public keys", ""),
    (7, SIGNET, PROVIDER): ("and what else?", "API, with access token"),
    (7, PROVIDER, SIGNET): ("more about them", ""),
}
# What each parameter is for. The page shows only the name of those that are missing here.
MEANINGS = {
    "redirect_uri": "where you are sent back to",
    "client_id": "which site is asking",
    "client_secret": "proves that it is this site",
    "csrfmiddlewaretoken": "proves that you pressed a button of this site",
    "response_type": "what is wanted back: a code",
    "scope": "what this site may ask",
    "state": "ties the answer to this browser",
    "nonce": "ties the ID token to this sign-in",
    "code_challenge": "the fingerprint of a secret that this site keeps",
    "code_challenge_method": "how the fingerprint was taken: with SHA-256",
    "prompt": "what the provider must ask, even if it knows you",
    "max_age": "how many seconds ago you may have signed in there",
    "code": "the authorization code",
    "iss": "who responds",
    "grant_type": "what this site sends: an authorization code",
    "code_verifier": "that secret: its fingerprint was sent before",
    "access_token": "opens the API for a while",
    "token_type": "anybody who has it may use it",
    "expires_in": "for how many seconds",
    "id_token": "who you are, signed by the provider",
    "keys": "the provider's public keys",
    "Authorization": "the access token, in a header",
    "sub": "you, by an id that never changes",
    "id": "you, by a number that never changes",
    "name": "your name",
    "email": "your email address",
    "email_verified": "whether the provider has proven it",
    "picture": "where your picture is",
    "avatar_url": "where your picture is",
    "Set-Cookie": "the session JWT, where no script can read it",
    "alg": "header: how it is signed",
    "kid": "header: with which of this site's keys",
    "typ": "header: what kind of token it is",
}
# Where the same name means something else.
MEANINGS_AT = {(5, "Authorization"): "client ID and secret, which prove that it is this site"}


def meaning(step: int, name: str) -> str:
    """Return what a parameter is for in a message of this step, "" where it is only named."""
    return MEANINGS_AT.get((step, name)) or MEANINGS.get(name, "")


def _hop(step: int, source: Party, target: Party, names: str = "", method: str = "") -> Hop:
    return Hop(step, source, target, method, parameters=tuple(map(Parameter, names.split())))


# A sign-in with an OpenID Provider in general. A test holds the names to what is really sent.
IN_GENERAL = (
    _hop(1, SIGNET, PROVIDER, "redirect_uri"),
    _hop(1, PROVIDER, SIGNET, "client_id client_secret"),
    _hop(2, SIGNET, BROWSER),
    _hop(2, BROWSER, SIGNET, "csrfmiddlewaretoken", "POST"),
    _hop(
        3,
        SIGNET,
        BROWSER,
        "response_type client_id redirect_uri scope state code_challenge code_challenge_method"
        " nonce",
    ),
    _hop(3, BROWSER, PROVIDER, method="GET"),
    _hop(4, PROVIDER, BROWSER),
    _hop(4, BROWSER, SIGNET, "code state iss", "GET"),
    _hop(5, SIGNET, PROVIDER, "Authorization grant_type code redirect_uri code_verifier", "POST"),
    _hop(6, PROVIDER, SIGNET, "access_token token_type expires_in id_token"),
    _hop(7, SIGNET, PROVIDER, "Authorization", "GET"),
    _hop(7, PROVIDER, SIGNET, "sub name email email_verified picture"),
    _hop(8, SIGNET, BROWSER, "Set-Cookie alg kid typ"),
)


def from_the_redirect_on(kept: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """Return the messages with step 3 before them; it is the same in all, so no row keeps it."""
    begins_later = bool(kept) and kept[0].step > REDIRECT
    return (*(hop for hop in IN_GENERAL if hop.step == REDIRECT and begins_later), *kept)
