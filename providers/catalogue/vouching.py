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
    "verified: list the domains that are theirs. * is every domain: then they can have anybody's "
    "address here."
)
OF_ANOTHER_SERVER = "With a base URL of your own, empty is none."
UNLISTED = (
    "This provider may vouch for no domain yet: whatever it says, every address from it counts as "
    "unverified, no access rule on addresses matches, and nobody is made an admin by one."
)
UNLISTED_FIX = (
    "List the domains that are theirs under May vouch for on its page, such as example.org, or by "
    "--vouches-for when it is added. If addresses do not matter to you, leave it."
)


def words_on_vouching(kind: Kind) -> str:
    """Return the help of the field; a kind that calls no address proven has none."""
    if not kind.verifies_addresses_itself:
        return f"{IN_GENERAL} {EMPTY_IS_NONE}"
    other = OF_ANOTHER_SERVER if kind.takes_base_url else ""
    words = (IN_GENERAL, EMPTY_IS_EVERY, WORDS.get(kind.id, ""), other)
    return " ".join(part for part in words if part)
