"""What the admin's pages of groups say about rules: how many, and which, grant each."""

from collections import Counter

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access_rules.models import AccessRule
from accounts.admin_pages import GroupPart

MAY_SEE = ("access_rules.view_accessrule", "access_rules.change_accessrule")


def _numbers() -> Counter[str]:
    rules = AccessRule.objects.exclude(groups="")
    return Counter(name for rule in rules for name in rule.group_names)


def _links(request: HttpRequest, group: str) -> list[tuple[str, str]]:
    may_see = any(map(request.user.has_perm, MAY_SEE))
    rules = AccessRule.objects.exclude(groups="").select_related("provider")
    granting = [rule for rule in rules if group in rule.group_names]
    return [(_page_of(rule) if may_see else "", _in_words(rule)) for rule in granting]


def _page_of(rule: AccessRule) -> str:
    return reverse("admin:access_rules_accessrule_change", args=[rule.pk])


def _in_words(rule: AccessRule) -> str:
    if rule.provider is None:
        return str(rule)
    return _("{rule} ({provider})").format(rule=rule, provider=rule.provider.name)


BY_RULES = GroupPart(
    title=gettext_lazy("Access rules"),
    empty=gettext_lazy("No access rule grants this group."),
    numbers=_numbers,
    links=_links,
)
