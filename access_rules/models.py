"""The rules that the admin writes, and what is kept of accounts because of them."""

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import ClassVar

from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import display
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access_rules.decision import RuleKind
from accounts.identity import clean_email
from encryption.fields import Sealed
from providers.email_domains import normalised_domain
from providers.organisations import RENAMED, TAKEN
from sessions.groups import FORM, GROUP, given_lists
from sessions.session_cookies import bytes_left_for_groups, bytes_of

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
WARNINGS = {
    TAKEN: gettext_lazy(
        "At GitHub, “{name}” is now another organisation. This rule still means the earlier one "
        "(number {number}). Enter its new name, or remove the rule."
    ),
    RENAMED: gettext_lazy(
        "At GitHub, “{name}” is now called “{new_name}”, and anyone can take the old name. This "
        "rule still means the same organisation (number {number}). Enter the new name."
    ),
}


class AccessRule(models.Model):
    """Grants groups to the people it is about, and lets them in if the provider goes by rules."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(
        "providers.Provider",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="access_rules",
        verbose_name=gettext_lazy("provider"),
        help_text=gettext_lazy("Leave empty for all providers."),
    )
    kind = models.CharField(gettext_lazy("kind"), max_length=20, choices=RuleKind.choices)
    value = models.CharField(
        gettext_lazy("value"),
        max_length=400,
        help_text=gettext_lazy(
            "An address, a domain, an organisation or organisation/team, or claim=value. If a "
            "domain "
            "expires, whoever buys it gets its addresses."
        ),
    )
    groups = models.CharField(
        gettext_lazy("groups"),
        max_length=500,
        blank=True,
        help_text=gettext_lazy("Groups for people who match this rule, separated by spaces."),
    )
    position = models.PositiveSmallIntegerField(gettext_lazy("position"), default=0)
    # The number of a GitHub organisation, and what has become of its name: names change hands, see
    # providers/organisations.py.
    organisation = models.BigIntegerField(
        gettext_lazy("organisation number"), null=True, editable=False
    )
    name_change = models.CharField(
        max_length=10, blank=True, default="", db_default="", editable=False
    )
    new_name = models.CharField(
        max_length=100, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        verbose_name = gettext_lazy("access rule")
        verbose_name_plural = gettext_lazy("access rules")
        ordering: ClassVar[list[str]] = ["position", "kind", "value"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"

    @property
    def audit_label(self) -> str:
        """Name it in a log that every language reads: the kind's code and the value."""
        return f"{self.kind} {self.value}"

    @property
    def group_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.groups.split()))

    @property
    @display(description=gettext_lazy("warnings"))
    def warnings(self) -> str:
        """Return what the admin has to know of this rule, "" for nothing."""
        claim = self.value.partition("=")[0]
        is_self_chosen = self.kind == RuleKind.CLAIM and claim in DOUBTFUL
        if is_self_chosen:
            return SELF_CHOSEN_WORDS.format(claim=claim)
        name = self.value.partition("/")[0]
        words = str(WARNINGS.get(self.name_change, ""))
        return words.format(name=name, number=self.organisation, new_name=self.new_name)

    def applies_to(self, provider_id: uuid.UUID | None) -> bool:
        """Tell whether it is the provider's own or for all providers."""
        return self.provider_id in (None, provider_id)

    def clean(self) -> None:
        """Normalise the value. Refuse one that could match nobody, or too many."""
        if self.kind not in list(RuleKind):
            return  # the field itself has the error
        kind = RuleKind(self.kind)
        try:
            self.value = _normalised(kind, self.value.strip())
        except ValueError as error:
            raise ValidationError({"value": str(error)}) from None
        needed = NEEDS_PROVIDER.get(kind)
        if needed is not None and (self.provider is None or needed not in ("", self.provider.kind)):
            raise ValidationError(_needs_provider(needed))
        if not all(map(GROUP.fullmatch, self.group_names)):
            raise ValidationError({"groups": str(FORM)})
        check_budget([*AccessRule.objects.exclude(pk=self.pk), self])
        self._check_change(kind)

    def _check_change(self, kind: RuleKind) -> None:
        """Refuse a claim that people choose themselves; forget what belongs to the old value."""
        before = AccessRule.objects.filter(pk=self.pk, provider=self.provider_id).first()
        if before and (before.kind, before.value) == (self.kind, self.value):
            return
        self.organisation, self.name_change, self.new_name = None, "", ""
        claim = self.value.partition("=")[0]
        if kind is RuleKind.CLAIM and claim in SELF_CHOSEN:
            raise ValidationError({"value": SELF_CHOSEN_WORDS.format(claim=claim)})


def check_budget(rules: Iterable[AccessRule]) -> None:
    """Raise `ValidationError` for more groups than one person's cookie has room for.

    Somebody may have groups by hand, too.
    """
    by_rules = granted_together(rules)
    for given in [[], *given_lists()]:
        _check_room(by_rules, given)


def check_given(given: Iterable[str]) -> None:
    """Raise `ValidationError` if these groups by hand and those of the rules have no room."""
    _check_room(granted_together(AccessRule.objects.all()), given)


def granted_together(rules: Iterable[AccessRule]) -> list[frozenset[str]]:
    """Return the groups that somebody could get from rules, through each provider."""
    listed = list(rules)
    names = [
        frozenset(name for rule in listed if rule.applies_to(provider) for name in rule.group_names)
        for provider in {rule.provider_id for rule in listed}
    ]
    return names or [frozenset()]


def _check_room(by_rules: Iterable[frozenset[str]], given: Iterable[str]) -> None:
    room = bytes_left_for_groups()
    for names in by_rules:
        together = names.union(given)
        taken = bytes_of(together)
        if taken > room:
            problem = _(
                "One person could get {number} groups. Their names need {taken} bytes, and the "
                "session cookie has room for {room}. Use fewer or shorter names."
            )
            raise ValidationError(problem.format(number=len(together), taken=taken, room=room))


def _needs_provider(kind: str) -> str:
    """Say which provider a rule needs: one of this kind, or any with ""."""
    if not kind:
        return _("Choose a provider for a rule of this kind.")
    return _("Choose a provider of the kind {kind} for this rule.").format(kind=kind)


def _normalised(kind: RuleKind, value: str) -> str:
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


class MembershipFacts(models.Model):
    """What a provider last said about an account, but only the parts that rules look at.

    `claims` has each claim that a rule named at that time; None if the provider did not send it.
    The lists are None if we did not ask for them, or got no answer.
    """

    account = models.OneToOneField(
        SocialAccount, on_delete=models.CASCADE, primary_key=True, related_name="membership_facts"
    )
    claims = models.JSONField(default=dict)
    organisations = models.JSONField(null=True)
    teams = models.JSONField(null=True)
    told_later = models.JSONField(default=list)  # claims that came after the sign-in, ever
    checked_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = gettext_lazy("membership facts")
        verbose_name_plural = gettext_lazy("membership facts")

    def __str__(self) -> str:
        return str(self.pk)

    def updated(self, names: set[str], claims: Mapping[str, object]) -> dict[str, object]:
        """Return the claims of these names, after the provider was asked again.

        A later answer never has the claims that only an ID token has, so these keep their values.
        A claim that an earlier answer had, and this one does not have, becomes None.
        """
        later = sorted({*self.told_later, *(names & set(claims))})
        if later != self.told_later:
            self.told_later = later
            self.save(update_fields=["told_later"])
        gone = dict.fromkeys(names & set(later))
        kept = {name: value for name, value in self.claims.items() if name in names}
        return kept | gone | {name: claims[name] for name in names & set(claims)}


class ProviderToken(models.Model):
    """The tokens that a provider issued at the last sign-in of an account. They are never shown."""

    account = models.OneToOneField(
        SocialAccount, on_delete=models.CASCADE, primary_key=True, related_name="provider_token"
    )
    sealed_access_token = models.TextField(editable=False)
    access_token = Sealed("sealed_access_token")
    sealed_refresh_token = models.TextField(editable=False, blank=True, default="")
    refresh_token = Sealed("sealed_refresh_token")
    expires_at = models.DateTimeField(null=True)  # None for a token that lasts
    issued_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = gettext_lazy("provider token")
        verbose_name_plural = gettext_lazy("provider tokens")
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def has_expired(self) -> bool:
        """Tell whether the provider accepts neither of the tokens any more."""
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return is_over and not self.sealed_refresh_token
