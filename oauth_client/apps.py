"""The Django application `oauth_client`."""

from django.apps import AppConfig

import accounts


class OAuthClientConfig(AppConfig):
    name = "oauth_client"
    verbose_name = "Sign-in"

    def ready(self) -> None:
        # Models load before what uses them.
        from oauth_client import personal_data, vouchers  # noqa: PLC0415
        from oauth_client.access_rules import token_revocation, vault  # noqa: PLC0415
        from oauth_client.attempts import (  # noqa: PLC0415
            by_reference,
            counting,
            daily,
            of_person,
            recording,
            retention,
        )

        accounts.ask_who_may_vouch(vouchers.may_vouch_now)
        accounts.find_people_by(by_reference.people_of)
        accounts.on_page_of_person(of_person.sign_ins_panel)
        accounts.when_accounts_go(token_revocation.revoke_tokens_of)
        accounts.in_background(counting.write)
        accounts.in_background(recording.write)
        accounts.in_background(daily.keep_days)
        accounts.in_personal_data(personal_data.SIGN_INS)
        accounts.in_personal_data(personal_data.MEMBERSHIPS)
        accounts.in_cleanup(
            "addresses without an account that vouches for them", accounts.settle_all
        )
        accounts.in_cleanup("sign-ins", retention.remove_attempts)
        accounts.in_cleanup("counts of sign-ins", retention.remove_counts)
        accounts.in_cleanup("provider tokens", vault.remove_unneeded)
