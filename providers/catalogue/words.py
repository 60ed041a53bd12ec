"""What the admin and the visitor read about scopes, and about domains that are vouched for."""

from providers.catalogue.entry import Kind

# As in "Shares your ..."; a scope without words is shown as it is.
SCOPE_WORDS: dict[str, tuple[str, ...]] = {
    "openid": (),  # says who somebody is, as every sign-in does
    "profile": ("name", "picture"),
    "email": ("email address",),
    "name": ("name",),  # Apple
    "user:email": ("name", "picture", "email addresses"),
    "read:user": ("profile",),
    "read:org": ("organisations",),
    "identify": ("name", "picture"),  # Discord
    "account": ("name", "picture"),  # Bitbucket
    "identity": ("name",),  # Reddit
    "user-read-email": ("name", "picture", "email address"),  # Spotify
    "user:read:email": ("name", "picture", "email address"),  # Twitch
    "users.read": ("name", "picture"),  # X
    "tweet.read": ("public posts",),
}

# Why a sign-in asks for it.
SCOPE_REASONS: dict[str, str] = {
    "openid": "says who somebody is, in a signed ID token",
    "profile": "name and picture",
    "email": "the email address, and whether it is verified",
    "name": "the name, told at the first sign-in alone",
    "user:email": "all email addresses, and which are verified: the public profile may show none",
    "identify": "who somebody is, with name and picture",
    "account": "who somebody is, with name and picture",
    "users.read": "who somebody is, with name and picture",
    "tweet.read": "X gives the profile only together with it; no post is read",
    "user:read:email": "the email address, and whether it is verified",
    "user-read-email": "the email address",
    "identity": "who somebody is, with the name",
}
OTHER_REASON = "what signing in through this kind asks for by default"


def reasons_for(scope: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each scope with the reason why a sign-in asks for it."""
    return [(name, SCOPE_REASONS.get(name, OTHER_REASON)) for name in scope]


def words_for(scope: tuple[str, ...]) -> list[str]:
    """Return what these scopes share, in words that follow "your"."""
    words = [word for name in scope for word in SCOPE_WORDS.get(name, (name,))]
    return list(dict.fromkeys(words)) or ["public profile"]


IN_GENERAL = (
    "Domains, such as example.org, example.com, whose addresses count as verified when the "
    "provider says so; subdomains are named one by one."
)
EMPTY_IS_EVERY = "Empty or * for every domain."
WORDS = {
    # 2026-11, developers.google.com, "Verify the Google ID token on your server side"
    "google": "Google is the authority for gmail.com and for the domains of its organisations. Any "
    "other address it has checked once, when somebody entered it: to count none of those, list "
    "gmail.com and your own domains.",
    # 2026-11, docs.github.com, "Verifying your email address"
    "github": "GitHub checks addresses of any domain by mail.",
}
EMPTY_IS_NONE = (
    "Empty for none: no address counts as verified. Whoever runs this server decides what it calls "
    "verified: list their own domains. * is every domain: then they can claim anybody's address."
)
OF_ANOTHER_SERVER = "With a base URL of your own, empty is none."
UNLISTED = (
    "This provider may vouch for no domain yet: every address from it counts as unverified, "
    "whatever it says. No access rule on addresses matches, and nobody can be made an admin by one."
)
UNLISTED_FIX = (
    "List its own domains, such as example.org, under May vouch for on its page, or with "
    "--vouches-for when you add it. If you do not need verified addresses, leave it empty."
)


def words_on_vouching(kind: Kind) -> str:
    """Return the help of the field for domains, as it is true for this kind."""
    if not kind.verifies_addresses_itself:
        return f"{IN_GENERAL} {EMPTY_IS_NONE}"
    other = OF_ANOTHER_SERVER if kind.takes_base_url else ""
    words = (IN_GENERAL, EMPTY_IS_EVERY, WORDS.get(kind.id, ""), other)
    return " ".join(part for part in words if part)
