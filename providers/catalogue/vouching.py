"""How far a provider's word on an address goes, as the admin is told beside the field for it."""

from providers.catalogue.entry import Kind

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
    """Return the help of the field; a kind that calls no address proven has none."""
    if not kind.verifies_addresses_itself:
        return f"{IN_GENERAL} {EMPTY_IS_NONE}"
    other = OF_ANOTHER_SERVER if kind.takes_base_url else ""
    words = (IN_GENERAL, EMPTY_IS_EVERY, WORDS.get(kind.id, ""), other)
    return " ".join(part for part in words if part)
