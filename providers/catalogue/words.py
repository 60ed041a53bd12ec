"""What a scope shares, in plain words."""

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

# Why it is asked for. None is for more than knowing who somebody is.
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
    """Say of each scope why it is asked for."""
    return [(name, SCOPE_REASONS.get(name, OTHER_REASON)) for name in scope]


def words_for(scope: tuple[str, ...]) -> list[str]:
    """Say in plain words what these scopes share, as a list after "your"."""
    words = [word for name in scope for word in SCOPE_WORDS.get(name, (name,))]
    return list(dict.fromkeys(words)) or ["public profile"]
