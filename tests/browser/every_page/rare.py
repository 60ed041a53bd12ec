"""Pages that a visitor cannot make appear, and what their templates need."""

from typing import Any

RARE: dict[str, dict[str, Any]] = {
    "400.html": {},
    "403.html": {},
    "500.html": {},
    "body_refused.html": {"sentence": "The form was too large."},
    "form_refused.html": {"sentence": "The form was refused.", "again": "/", "base_url": "here"},
    "going_to_provider.html": {
        "provider": {"name": "GitHub"},
        "url": "/",
        "words": "First, this site asks.",
    },
    "headers_too_large.html": {"base_url": "/", "host": "localhost", "kilobytes": 32},
    "method_not_allowed.html": {},
    "not_allowed.html": {"detail": "This needs the group editors."},
    "sign_in_failed.html": {
        "words": {"title": "Refused", "sentence": "This site lets in others.", "way_on": "Sorry."},
        "another": {"name": "Slack", "sign_out_url": "https://slack.com"},
        "tried": {"name": "Slack"},
        "is_offered": True,
        "others": [
            {"slug": "github", "name": "GitHub", "mark": "marks/github.svg", "asks": ["name"]}
        ],
    },
    "signing_in.html": {"provider": {"name": "Google"}, "address": "/?code=c&waited=1"},
    "form_waits.html": {"page": "/account/tokens/"},
    "sign_in_again.html": {"sign_in_again_url": "/sign-in/", "is_lost": True},
    "too_many_attempts.html": {},
    "too_many_starts.html": {"wait": "5 minutes", "next": "/account/", "query": "next=/"},
    "unavailable.html": {"is_sign_in": True, "again": "/sign-in/"},
}
