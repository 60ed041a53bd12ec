"""The rules that the admin writes, and what is kept of accounts because of them."""

import uuid
from collections.abc import Iterable, Mapping
from typing import ClassVar

from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import display
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from access_rules.room_for_groups import check_budget, check_room
from access_rules.rule_kinds import RuleKind
from access_rules.rule_values import (
    DOUBTFUL,
    SELF_CHOSEN,
    SELF_CHOSEN_WORDS,
    normalised,
    provider_problem,
)
from encryption.fields import Sealed
from providers.organisations import RENAMED, TAKEN
from sessions.groups import FORM, GROUP

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
            "domain expires, whoever buys it gets its addresses."
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
            self.value = normalised(kind, self.value.strip())
        except ValueError as error:
            raise ValidationError({"value": str(error)}) from None
        if problem := provider_problem(kind, self.provider.kind if self.provider else None):
            raise ValidationError(problem)
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


def check_given(given: Iterable[str]) -> None:
    """Raise `ValidationError` if these groups by hand and those of the rules have no room."""
    check_room(AccessRule.objects.all(), [given])


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
