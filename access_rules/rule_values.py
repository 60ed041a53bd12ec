"""What the value of an access rule may be, kind by kind."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access_rules.rule_kinds import RuleKind
from accounts.identity import clean_email
from providers.email_domains import normalised_domain

GITHUB = re.compile(r"[a-z0-9][a-z0-9-]{0,38}(/[a-z0-9_.-]{1,100})?")
CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,200}=[^=\s][^\x00-\x1f]{0,199}")
ONE_ADDRESS = gettext_lazy("Enter one email address. The part before the @ must be ASCII.")
FORMS = {  # that a value must have, and what the admin reads otherwise
    RuleKind.EMAIL: (re.compile(".+"), ONE_ADDRESS),
    RuleKind.INVITED: (re.compile(".+"), ONE_ADDRESS),
    RuleKind.GITHUB: (GITHUB, gettext_lazy("Enter organisation or organisation/team-slug.")),
    RuleKind.CLAIM: (CLAIM, gettext_lazy("Enter it as name=value.")),
}
# Rules of these kinds need one provider: another may have an organisation or claim of that name.
# The value is the kind that the provider must have, "" for any.
NEEDS_PROVIDER = {RuleKind.GITHUB: "github", RuleKind.HOSTED_DOMAIN: "google", RuleKind.CLAIM: ""}
# People choose these claims themselves (OpenID Connect Core §5.1), so no rule may use them (§5.7).
SELF_CHOSEN = frozenset(
    {
        *("name", "given_name", "family_name", "middle_name", "nickname"),
        *("profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale"),
        *("phone_number", "address", "updated_at"),
    }
)
# Some servers let people choose a login or give it away, others do not.
DOUBTFUL = SELF_CHOSEN | {"preferred_username"}
SELF_CHOSEN_WORDS = gettext_lazy(
    "People can choose their own {claim}. Use a claim that only admins of the provider can set, "
    "such as a role."
)


def normalised(kind: RuleKind, value: str) -> str:
    """Return the value as it is compared. Raises `ValueError` with a text for the admin."""
    if kind in (RuleKind.EMAIL_DOMAIN, RuleKind.HOSTED_DOMAIN):
        if value.startswith("@"):
            raise ValueError(_("Enter a domain such as example.com, without the @."))
        return normalised_domain(value)
    if kind is RuleKind.CLAIM and value.partition("=")[0] in ("email", "email_verified"):
        raise ValueError(
            _(
                "Use a rule of the kind Email address. This rule would not check whether the "
                "address is verified."
            )
        )
    if kind is not RuleKind.CLAIM:
        value = value.lower() if kind is RuleKind.GITHUB else clean_email(value)
    pattern, problem = FORMS[kind]
    if not pattern.fullmatch(value):
        raise ValueError(str(problem))
    return value


def provider_problem(kind: RuleKind, provider_kind: str | None) -> str:
    """Say which provider the rule needs instead, "" if this one will do.

    `provider_kind` is None for a rule that is for all providers.
    """
    needed = NEEDS_PROVIDER.get(kind)
    if needed is None or (provider_kind is not None and needed in ("", provider_kind)):
        return ""
    if not needed:
        return _("Choose a provider for a rule of this kind.")
    return _("Choose a provider of the kind {kind} for this rule.").format(kind=needed)
