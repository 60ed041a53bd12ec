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
    "read_only": ("account, to be read",),  # Stripe
}


def words_for(scope: tuple[str, ...]) -> list[str]:
    """Say in plain words what these scopes share, as a list after "your"."""
    words = [word for name in scope for word in SCOPE_WORDS.get(name, (name,))]
    return list(dict.fromkeys(words)) or ["public profile"]
