"""The JSON objects of GitHub's REST API, with its documented fields (version 2022-11-28)."""

from base64 import b64encode
from typing import Any

from simulator.people import Person, Team
from simulator.providers.registry import GITHUB
from simulator.stage import stage

ORGANISATION_IDS = {"acme": 80200101}
TEAM_IDS = {"platform": 90300101}
USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
ORGANISATION_LINKS = {
    "repos_url": "/repos",
    "events_url": "/events",
    "hooks_url": "/hooks",
    "issues_url": "/issues",
    "members_url": "/members{/member}",
    "public_members_url": "/public_members{/member}",
}


def user(person: Person) -> dict[str, Any]:
    """Return what GitHub calls a simple user."""
    account, url = person.github, f"{_api_url()}/users/{person.github.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": _node_id("User", account.id),
        "avatar_url": stage.origin + person.picture_path,
        "gravatar_id": "",
        "url": url,
        "html_url": f"{GITHUB.base_url}/{account.login}",
        **{name: url + path for name, path in USER_LINKS.items()},
        "type": "User",
        "user_view_type": "private",
        "site_admin": False,
    }


def private_user(person: Person) -> dict[str, Any]:
    """Return the object of `GET /user`; `email` is that of the public profile, or null."""
    return user(person) | {
        "name": person.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": person.email if person.github.shows_email else None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "notification_email": person.email if person.github.shows_email else None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2020-02-02T20:20:02Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def emails(person: Person) -> list[dict[str, Any]]:
    """Return what `GET /user/emails` lists."""
    if not person.email:
        return []
    visibility = "public" if person.github.shows_email else "private"
    return [
        {
            "email": person.email,
            "primary": True,
            "verified": person.email_verified,
            "visibility": visibility,
        }
    ]


def organisation(login: str) -> dict[str, Any]:
    """Return what GitHub calls a simple organization."""
    number, url = ORGANISATION_IDS[login], f"{_api_url()}/orgs/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": _node_id("Organization", number),
        "url": url,
        **{name: url + path for name, path in ORGANISATION_LINKS.items()},
        "avatar_url": f"{stage.origin}/people/{login}.png",
        "description": "A fictional company",
    }


def team(member_of: Team) -> dict[str, Any]:
    """Return an entry of `GET /user/teams`."""
    number = TEAM_IDS[member_of.slug]
    url = f"{_api_url()}/organizations/{ORGANISATION_IDS[member_of.organisation]}/team/{number}"
    return {
        "name": member_of.slug.title(),
        "id": number,
        "node_id": _node_id("Team", number),
        "slug": member_of.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": url,
        "html_url": f"{GITHUB.base_url}/orgs/{member_of.organisation}/teams/{member_of.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "parent": None,
        "organization": organisation(member_of.organisation),
    }


def membership(person: Person, login: str) -> dict[str, Any]:
    """Return the object of `GET /user/memberships/orgs/{org}` for a member."""
    url = f"{_api_url()}/orgs/{login}"
    return {
        "url": f"{url}/memberships/{person.github.login}",
        "state": "active",
        "role": "member",
        "organization_url": url,
        "user": user(person),
        "organization": organisation(login),
    }


def _api_url() -> str:
    return f"{GITHUB.base_url}/api/v3"


def _node_id(kind: str, number: int) -> str:
    return b64encode(f"{len(kind):02}:{kind}{number}".encode()).decode()
