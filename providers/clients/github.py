"""GitHub and GitHub Enterprise Server: plain OAuth 2.0 with an API of its own."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from requests.auth import HTTPBasicAuth

from outgoing import json_value
from protocol import flow, more_messages
from protocol.errors import ErrorCode, ProfileError
from providers.clients.api_responses import profile_of
from providers.clients.base import FindAccount, Profile, ProviderClient
from providers.organisations import MARK

PAGE = 100  # entries; the most that GitHub gives at once
MAX_PAGES = 5


class GitHubClient(ProviderClient):
    """Reads the profile and the list of addresses, which says what GitHub has verified."""

    memberships_scope = ("read:org",)

    def server(self) -> flow.AuthorizationServer:
        """Return GitHub's endpoints, below `base_url` (docs.github.com, OAuth apps, 2026-11).

        GitHub has put this issuer into `iss` since 2026-08 (openiddict-core #2529). Older
        Enterprise servers send none.
        """
        issuer = f"{self.base_url.rstrip('/')}/login/oauth"
        return flow.AuthorizationServer(f"{issuer}/authorize", f"{issuer}/access_token", issuer)

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Profile:
        """Ask `/user` and `/user/emails`: only the list says what is verified now.

        The `email` of the profile is what the person chose to show. An address that bounces is
        unverified again (docs.github.com, "Email addresses", 2026-11). The identity is the number
        `id`, because somebody else can get a `login`.
        """
        profile = profile_of(self.ask(f"{self._api_url}/user", token.access_token))
        if type(profile.get("id")) is not int:
            raise ProfileError(ErrorCode.SUBJECT_INVALID, "id is not a positive integer")
        address = self._primary_address(token.access_token) or {"email": profile.get("email")}
        claims = {
            "name": profile.get("name"),
            "preferred_username": profile.get("login"),
            "picture": profile.get("avatar_url"),
            "email": address["email"],
        }
        return self.profile(str(profile["id"]), claims, address)

    def organisations(self, access_token: str) -> frozenset[str]:
        """List `/user/orgs` (docs.github.com, REST, organizations, 2026-11)."""
        return frozenset(memberships(self._pages("/user/orgs", access_token)))

    def teams(self, access_token: str) -> frozenset[str]:
        """List `/user/teams` (docs.github.com, REST, teams, 2026-11)."""
        return frozenset(memberships(self._pages("/user/teams", access_token), of_teams=True))

    def revoke(self, access_token: str, refresh_token: str) -> bool:
        """Delete the grant (docs.github.com, REST, OAuth authorizations, 2026-11).

        Every sign-in has left a token at GitHub, and we keep only the last one. Deleting the grant
        ends all of them.
        """
        registration = self.registration()
        response = self.http.request(
            "DELETE",
            f"{self._api_url}/applications/{quote(registration.client_id, safe='')}/grant",
            headers={"Accept": "application/vnd.github+json"},
            auth=HTTPBasicAuth(registration.client_id, registration.client_secret),
            json={"access_token": access_token},
        )
        more_messages.revocation_response(response.status_code)
        return True

    def _pages(self, path: str, access_token: str) -> list[dict[str, Any]]:
        """Return the entries of all pages. Raises `ProfileError` if there are too many."""
        found: list[dict[str, Any]] = []
        for page in range(1, MAX_PAGES + 1):
            url = f"{self._api_url}{path}?per_page={PAGE}&page={page}"
            entries = json_value(self.ask(url, access_token))
            if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
                raise ProfileError(ErrorCode.PROFILE_MALFORMED, "the memberships are no list")
            found += entries
            if len(entries) < PAGE:
                return found
        raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "too many memberships")

    @property
    def _api_url(self) -> str:
        base_url = self.base_url.rstrip("/")
        is_enterprise = base_url != "https://github.com"
        return f"{base_url}/api/v3" if is_enterprise else "https://api.github.com"

    def _primary_address(self, access_token: str) -> dict[str, Any]:
        """Return the entry of the primary address, a verified one before any other; {} for none.

        Without the scope `user:email`, GitHub answers 404 or 403. Then nothing is verified.
        """
        try:
            addresses = json_value(self.ask(f"{self._api_url}/user/emails", access_token))
        except ProfileError as error:
            if error.code is not ErrorCode.PROFILE_REFUSED:
                raise
            return {}
        if not isinstance(addresses, list):
            raise ProfileError(ErrorCode.PROFILE_MALFORMED, "the addresses are no JSON list")
        entries = [entry for entry in addresses if isinstance(entry, dict) and entry.get("email")]
        marks = ("verified", "primary")  # the best one first
        return max(
            entries, key=lambda entry: [entry.get(mark) is True for mark in marks], default={}
        )


def memberships(entries: list[dict[str, Any]], *, of_teams: bool = False) -> Iterator[str]:
    """Yield each membership by name, and by the number of the organisation, which never changes."""
    for entry in entries:
        organisation = entry.get("organization") if of_teams else entry
        team = f"/{_text(entry, 'slug')}" if of_teams else ""
        name = _text(organisation, "login") + team
        yield name
        number = organisation.get("id") if isinstance(organisation, dict) else None
        if type(number) is int and number > 0:
            yield f"{name}{MARK}{number}"


def _text(entry: object, name: str) -> str:
    """Return a name in lower case, as GitHub compares names."""
    value = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(value, str):
        raise ProfileError(ErrorCode.PROFILE_MALFORMED, f"a membership without {name}")
    return value.lower()
