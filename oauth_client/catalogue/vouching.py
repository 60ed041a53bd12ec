"""How far a provider's word on an address goes, as the admin is told beside the field for it."""

from oauth_client.catalogue.entry import Kind

IN_GENERAL = (
    "Domains, such as example.org, example.com, whose addresses count as verified when the "
    "provider says so; subdomains are named one by one. Empty or * for every domain."
)
WORDS = {
    # 2026-11, developers.google.com, "Verify the Google ID token on your server side"
    "google": "Google is the authority for gmail.com and for the domains of its organisations. Any "
    "other address it has checked once, when somebody entered it: to count none of those, list "
    "gmail.com and your own domains.",
    # 2026-11, docs.github.com, "Verifying your email address"
    "github": "GitHub checks addresses of any domain by mail; a server of your own may do "
    "otherwise.",
}
OF_A_SERVER = (
    "Whoever runs this server decides what it calls verified. List the domains that are theirs, "
    "unless you trust them with every address."
)


def words_on_vouching(kind: Kind) -> str:
    """Return the help of the field; a kind that calls no address proven has none."""
    own = WORDS.get(kind.id) or (OF_A_SERVER if kind.takes_base_url else "")
    return f"{IN_GENERAL} {own}".strip()
