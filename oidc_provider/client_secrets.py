"""The secrets of an app: two are good while an admin changes them on its side, else one.

A secret is returned to whoever made it, once. What is stored and recorded says nothing about it.
"""

from audit.models import Action, Actor, Target
from audit.recording import Snapshot, difference, record, snapshot
from oidc_provider.clients import digest_of, new_secret
from oidc_provider.models import App

NAME_LENGTH = 16  # hexadecimal digits of a digest that tell one secret from another


def make_first(app: App) -> str:
    """Give an app that is about to be saved its secret; "" if it takes none."""
    if not app.takes_secret:
        return ""
    secret = new_secret()
    app.secret_digest = digest_of(secret)
    return secret


def ended_by_next(app: App) -> str:
    """Name the second secret, which a new one would end; "" if there is none."""
    return app.next_secret_digest[:NAME_LENGTH]


def make_next(app: App, actor: Actor) -> str:
    """Make a second secret, in the place of an earlier second one; the first stays good.

    An app without any gets its first. The caller has locked the row, and knows what it ends.
    """
    before, secret = snapshot(app), new_secret()
    if app.secret_digest:
        app.next_secret_digest = digest_of(secret)
    else:
        app.secret_digest = digest_of(secret)
    _save(app, before, actor)
    return secret


def use_next(app: App, actor: Actor) -> bool:
    """End the first secret, and let the second be the only one. Tell whether there was a second.

    The caller has locked the row.
    """
    if not app.next_secret_digest:
        return False
    before = snapshot(app)
    app.secret_digest, app.next_secret_digest = app.next_secret_digest, ""
    _save(app, before, actor)
    return True


def _save(app: App, before: Snapshot, actor: Actor) -> None:
    app.save(update_fields=["secret_digest", "next_secret_digest"])
    was, now = difference(before, snapshot(app))
    record(Action.CHANGED, actor, Target.of(app), before=was, after=now)
