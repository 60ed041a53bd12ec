"""Which rules can be saved."""

import pytest
from django.core.exceptions import ValidationError

from access_rules.models import AccessRule
from protocol.errors import ErrorCode, ProfileError
from providers.clients import client_for
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
REFUSED = {
    "no kind of rule": ("shoe_size", "42"),
    "no address": ("email", "alice"),
    "no ASCII before the @": ("invited", "j\u00f6rg@example.com"),
    "two addresses": ("email", "alice@example.com, bob@example.com"),
    "a domain that could be another one": ("email_domain", "stra\u00dfe.example"),
    "a look-alike of a domain": ("hosted_domain", "\uff45xample.com"),
    "an address for a domain": ("email_domain", "alice@example.com"),
    "a domain that begins with @": ("email_domain", "@example.com"),
    "a top level": ("email_domain", "com"),
    "no organisation": ("github", "acme/core/x"),
    "no value": ("claim", "role"),
    "the claim email": ("claim", "email=alice@example.com"),
    "no domain": ("hosted_domain", "example"),
}


@pytest.mark.parametrize(("kind", "value"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses_a_rule_that_means_nothing(kind: str, value: str) -> None:
    with pytest.raises(ValidationError):
        AccessRule(kind=kind, value=value).full_clean()


FORMS = {
    "an address": ("email", " Alice@B\u00fccher.example ", "alice@xn--bcher-kva.example"),
    "an address in ASCII": ("invited", "a@XN--bcher-kva.example", "a@xn--bcher-kva.example"),
    "a domain": ("email_domain", "B\u00fccher.example", "xn--bcher-kva.example"),
    "in two parts": ("email_domain", "bu\u0308cher.example", "xn--bcher-kva.example"),
    "a domain in ASCII": ("email_domain", "xn--bcher-kva.example", "xn--bcher-kva.example"),
}


@pytest.mark.parametrize(("kind", "typed", "kept"), FORMS.values(), ids=FORMS.keys())
def test_keeps_a_rule_in_the_form_in_which_addresses_are_told(
    kind: str, typed: str, kept: str
) -> None:
    rule = AccessRule(kind=kind, value=typed)
    rule.full_clean()
    assert rule.value == kept


@pytest.mark.parametrize("claim", ["name", "nickname", "picture", "website", "phone_number"])
def test_refuses_a_rule_on_a_claim_that_people_write_themselves(claim: str) -> None:
    rule = AccessRule(provider=add_provider(), kind="claim", value=f"{claim}=boss")
    with pytest.raises(ValidationError, match=f"People can choose their own {claim}"):
        rule.full_clean()


def test_such_a_rule_of_before_stays_and_is_warned_of() -> None:
    rule = AccessRule(provider=add_provider(), kind="claim", value="nickname=boss", groups="a")
    rule.save()
    rule.groups = "b"
    rule.full_clean()
    assert "People can choose their own nickname" in rule.warnings


def test_warns_of_a_login_that_may_be_somebody_elses_tomorrow() -> None:
    rule = AccessRule(provider=add_provider(), kind="claim", value="preferred_username=alice")
    rule.full_clean()
    assert "People can choose" in rule.warnings
    assert AccessRule(kind="claim", value="role=admin").warnings == ""


@pytest.mark.parametrize(
    ("kind", "value"),
    [("github", "acme"), ("hosted_domain", "example.com"), ("claim", "role=admin")],
)
def test_refuses_a_rule_for_all_providers_that_only_one_can_answer(kind: str, value: str) -> None:
    with pytest.raises(ValidationError, match="Choose a provider"):
        AccessRule(kind=kind, value=value).full_clean()


def test_refuses_a_rule_for_github_at_another_kind() -> None:
    with pytest.raises(ValidationError, match="kind github"):
        AccessRule(provider=add_provider(), kind="github", value="acme").full_clean()


def test_refuses_groups_that_the_cookie_has_no_room_for_and_says_the_numbers() -> None:
    groups = " ".join("g" * 50 + str(n) for n in range(9))
    for address in ("alice@example.com", "bob@example.com"):
        AccessRule(kind="email", value=address, groups=groups).save()
    rule = AccessRule(
        kind="email", value="m@example.com", groups=" ".join("h" * 50 + str(n) for n in range(9))
    )
    with pytest.raises(ValidationError, match=r"18 groups\..* need \d+ bytes, .* room for \d+"):
        rule.full_clean()


def test_refuses_a_group_with_other_characters() -> None:
    with pytest.raises(ValidationError, match="only letters, digits"):
        AccessRule(kind="email", value="a@example.com", groups='a"b').full_clean()


def test_the_log_names_it_by_codes() -> None:
    assert AccessRule(kind="email_domain", value="example.com").audit_label == (
        "email_domain example.com"
    )


def test_says_what_it_is_in_words() -> None:
    assert str(AccessRule(kind="email_domain", value="example.com")) == "Email domain example.com"


def test_no_other_kind_lists_memberships(rf: object) -> None:
    client = client_for(add_provider(), rf.get("/"))  # type: ignore[attr-defined]
    for ask in (client.organisations, client.teams):
        with pytest.raises(ProfileError) as caught:
            ask("token")
        assert caught.value.code is ErrorCode.MEMBERSHIP_UNKNOWN
