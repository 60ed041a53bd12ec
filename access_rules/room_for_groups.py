"""Is there room for a person's groups? The session cookie names all of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sessions.cookie_budget import bytes_left_for_groups, bytes_of
from sessions.groups import given_lists

if TYPE_CHECKING:
    from access_rules.models import AccessRule


def check_budget(rules: Iterable["AccessRule"]) -> None:
    """Raise `ValidationError` if one person's groups, by these rules and by hand, have no room."""
    check_room(rules, [[], *given_lists()])


def check_room(rules: Iterable["AccessRule"], given: Iterable[Iterable[str]]) -> None:
    """Raise `ValidationError` if the groups of these rules and one of these lists have no room."""
    room, by_rules = bytes_left_for_groups(), _granted_together(rules)
    for names in (some.union(more) for more in given for some in by_rules):
        taken = bytes_of(names)
        if taken > room:
            problem = _(
                "One person could get {number} groups. Their names need {taken} bytes, and the "
                "session cookie has room for {room}. Use fewer or shorter names."
            )
            raise ValidationError(problem.format(number=len(names), taken=taken, room=room))


def _granted_together(rules: Iterable["AccessRule"]) -> list[frozenset[str]]:
    """Return the groups that somebody could get from rules, through each provider."""
    listed = list(rules)
    names = [
        frozenset(name for rule in listed if rule.applies_to(provider) for name in rule.group_names)
        for provider in {rule.provider_id for rule in listed}
    ]
    return names or [frozenset()]
