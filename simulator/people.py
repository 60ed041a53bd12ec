"""The cast: six fictional people with accounts at all three providers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Team:
    """A team of a GitHub organisation."""

    organisation: str
    slug: str


@dataclass(frozen=True)
class GitHubAccount:
    id: int
    login: str
    shows_email: bool = False  # on the public profile
    organisations: tuple[str, ...] = ()
    teams: tuple[Team, ...] = ()


@dataclass(frozen=True)
class Person:
    """Somebody to sign in as. `email` is the same at every provider, "" for none."""

    id: str
    given_name: str
    family_name: str
    email: str
    email_verified: bool
    note: str
    github: GitHubAccount
    google_sub: str
    demo_sub: str
    hosted_domain: str = ""  # Google Workspace

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def picture_path(self) -> str:
        return f"/people/{self.id}.png"

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.name,
            "email": self.email or None,
            "email_verified": self.email_verified,
            "note": self.note,
            "github": {"id": self.github.id, "login": self.github.login},
            "google": {"sub": self.google_sub},
            "demo": {"sub": self.demo_sub},
        }


ACME = "acme"
PLATFORM = Team(ACME, "platform")

CAST = (
    Person(
        id="alice",
        given_name="Alice",
        family_name="Archer",
        email="alice@example.com",
        email_verified=True,
        note="hides her address on GitHub",
        github=GitHubAccount(70100101, "alice-archer", organisations=(ACME,), teams=(PLATFORM,)),
        google_sub="104400112233445566771",
        demo_sub="6f1d8c0e-alice",
    ),
    Person(
        id="bob",
        given_name="Bob",
        family_name="Baker",
        email="bob@example.com",
        email_verified=True,
        note="shows his address on GitHub",
        github=GitHubAccount(70100202, "bobbaker", shows_email=True),
        google_sub="104400112233445566772",
        demo_sub="b27e55a1-bob",
    ),
    Person(
        id="mallory",
        given_name="Mallory",
        family_name="Mason",
        email="mallory@example.net",
        email_verified=True,
        note="plays the attacker",
        github=GitHubAccount(70100303, "mallory-m"),
        google_sub="104400112233445566773",
        demo_sub="c904fe37-mallory",
    ),
    Person(
        id="nora",
        given_name="Nora",
        family_name="North",
        email="",
        email_verified=False,
        note="no email address",
        github=GitHubAccount(70100404, "nora-north"),
        google_sub="104400112233445566774",
        demo_sub="1ab8d263-nora",
    ),
    Person(
        id="una",
        given_name="Una",
        family_name="Underhill",
        email="una@example.com",
        email_verified=False,
        note="email address not verified",
        github=GitHubAccount(70100505, "una-underhill"),
        google_sub="104400112233445566775",
        demo_sub="e5730f98-una",
    ),
    Person(
        id="ada",
        given_name="Ada",
        family_name="Adler",
        email="ada@example.org",
        email_verified=True,
        note="becomes the demo admin",
        github=GitHubAccount(70100606, "ada-adler", organisations=(ACME,), teams=(PLATFORM,)),
        google_sub="104400112233445566776",
        demo_sub="28c6b44d-ada",
        hosted_domain="example.org",
    ),
)
PEOPLE = {person.id: person for person in CAST}
