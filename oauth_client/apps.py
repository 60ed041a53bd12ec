"""The Django application `oauth_client`."""

from django.apps import AppConfig

from accounts.admin_pages.people_search import find_people_by
from accounts.admin_pages.person_page import on_page_of_person
from accounts.proven_addresses import settle_all
from accounts.self_service.personal_data import in_personal_data
from accounts.vouching import ask_who_may_vouch
from sessions.letting_go import when_accounts_go
from web.background import in_background
from web.housekeeping import in_cleanup


class OAuthClientConfig(AppConfig):
    name = "oauth_client"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        # Models load before what uses them.
        from access_rules import (
            token_revocation,  # noqa: PLC0415
            vault,  # noqa: PLC0415
        )
        from attempts import (
            by_reference,  # noqa: PLC0415
            counting,  # noqa: PLC0415
            daily,  # noqa: PLC0415
            of_person,  # noqa: PLC0415
            recording,  # noqa: PLC0415
            retention,  # noqa: PLC0415
        )
        from oauth_client import personal_data  # noqa: PLC0415
        from providers import vouchers  # noqa: PLC0415

        ask_who_may_vouch(vouchers.may_vouch_now)
        find_people_by(by_reference.people_of)
        on_page_of_person(of_person.sign_ins_panel)
        when_accounts_go(token_revocation.revoke_tokens_of)
        in_background(counting.write)
        in_background(recording.write)
        in_background(daily.keep_days)
        in_personal_data(personal_data.SIGN_INS)
        in_personal_data(personal_data.MEMBERSHIPS)
        in_cleanup(
            "addresses without an account that vouches for them", settle_all
        )
        in_cleanup("sign-ins", retention.remove_attempts)
        in_cleanup("counts of sign-ins", retention.remove_counts)
        in_cleanup("provider tokens", vault.remove_unneeded)
