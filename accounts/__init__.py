"""Who is this person here, and for how long? Step 8 of the sign-in: users, sessions, keys.

This is the whole of what other rooms may use. The names load on first use, because Django wants
its applications imported before their models.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.access import group_required as group_required
    from accounts.access import login_required as login_required
    from accounts.access import open_to_scripts as open_to_scripts
    from accounts.access import scope_required as scope_required
    from accounts.actors import actor_of as actor_of
    from accounts.actors import visitor_of as visitor_of
    from accounts.address_limit import AddressLimit as AddressLimit
    from accounts.addresses import Forwarding as Forwarding
    from accounts.addresses import client_address as client_address
    from accounts.addresses import forwarding as forwarding
    from accounts.admin_pages.audited import AuditedAdmin as AuditedAdmin
    from accounts.admin_pages.people_search import find_people_by as find_people_by
    from accounts.admin_pages.person_page import on_page_of_person as on_page_of_person
    from accounts.api.problems import problem as problem
    from accounts.api.shortcut import SessionShortcut as SessionShortcut
    from accounts.background import in_background as in_background
    from accounts.background import start_background as start_background
    from accounts.claim_meanings import claims_in_words as claims_in_words
    from accounts.cookie_budget import bytes_left_for_groups as bytes_left_for_groups
    from accounts.cookie_budget import bytes_of as bytes_of
    from accounts.cookies import cookie_name as cookie_name
    from accounts.cookies import cookies_under as cookies_under
    from accounts.cookies import delete_cookie as delete_cookie
    from accounts.cookies import set_cookie as set_cookie
    from accounts.email_addresses import EmailProblem as EmailProblem
    from accounts.email_addresses import ascii_domain as ascii_domain
    from accounts.email_addresses import clean_email as clean_email
    from accounts.errors import AccountGoneError as AccountGoneError
    from accounts.errors import AccountOfAnotherError as AccountOfAnotherError
    from accounts.errors import AccountSuspendedError as AccountSuspendedError
    from accounts.errors import EmailInUseError as EmailInUseError
    from accounts.errors import LastWayInError as LastWayInError
    from accounts.errors import SessionEndedError as SessionEndedError
    from accounts.errors import SignInRefusedError as SignInRefusedError
    from accounts.housekeeping import in_cleanup as in_cleanup
    from accounts.identity import Identity as Identity
    from accounts.letting_go import when_accounts_go as when_accounts_go
    from accounts.models import User as User
    from accounts.people import accounts_of as accounts_of
    from accounts.people import find_account as find_account
    from accounts.people import provide_admin as provide_admin
    from accounts.people import remove_accounts_of as remove_accounts_of
    from accounts.people import sign_in as sign_in
    from accounts.proven_addresses import is_anothers as is_anothers
    from accounts.proven_addresses import settle_all as settle_all
    from accounts.proven_addresses import settle_people_of as settle_people_of
    from accounts.recent_sign_in import last_asked as last_asked
    from accounts.recent_sign_in import recent_sign_in_required as recent_sign_in_required
    from accounts.redirects import next_page as next_page
    from accounts.redirects import safe_next as safe_next
    from accounts.refused_next import note_refused_next as note_refused_next
    from accounts.refused_next import refused_origins as refused_origins
    from accounts.refused_next import tell_later as tell_later
    from accounts.refused_next import words_on as words_on
    from accounts.self_service.connections import connect as connect
    from accounts.self_service.connections import connections_of as connections_of
    from accounts.self_service.connections import disconnect as disconnect
    from accounts.self_service.connections import known_as as known_as
    from accounts.self_service.notices import notice_of as notice_of
    from accounts.self_service.notices import notices_for as notices_for
    from accounts.self_service.notices import put_away as put_away
    from accounts.self_service.pages import end_all_others as end_all_others
    from accounts.self_service.personal_data import DataPart as DataPart
    from accounts.self_service.personal_data import columns as columns
    from accounts.self_service.personal_data import in_personal_data as in_personal_data
    from accounts.session_request import SessionRequest as SessionRequest
    from accounts.session_request import SignedInRequest as SignedInRequest
    from accounts.sessions_through import (
        end_sessions_no_longer_allowed as end_sessions_no_longer_allowed,
    )
    from accounts.sessions_through import people_signed_in_through as people_signed_in_through
    from accounts.sessions_through import regroup_sessions_through as regroup_sessions_through
    from accounts.shown import duration as duration
    from accounts.sign_in_preview import preview as preview
    from accounts.signing_keys.keyring import ensure_signing_key as ensure_signing_key
    from accounts.signing_keys.keyring import has_signing_key as has_signing_key
    from accounts.statements import database_value as database_value
    from accounts.statements import find_one as find_one
    from accounts.terms import Terms as Terms
    from accounts.terms import shared_lock as shared_lock
    from accounts.vouching import MayVouch as MayVouch
    from accounts.vouching import ask_who_may_vouch as ask_who_may_vouch
    from accounts.vouching import vouches_for as vouches_for

_WHERE = {
    "AddressLimit": "address_limit",
    "in_background": "background",
    "actor_of": "actors",
    "visitor_of": "actors",
    "AuditedAdmin": "admin_pages.audited",
    "start_background": "background",
    "Forwarding": "addresses",
    "client_address": "addresses",
    "forwarding": "addresses",
    "group_required": "access",
    "login_required": "access",
    "open_to_scripts": "access",
    "scope_required": "access",
    "claims_in_words": "claim_meanings",
    "connect": "self_service.connections",
    "connections_of": "self_service.connections",
    "disconnect": "self_service.connections",
    "known_as": "self_service.connections",
    "bytes_left_for_groups": "cookie_budget",
    "bytes_of": "cookie_budget",
    "cookie_name": "cookies",
    "cookies_under": "cookies",
    "delete_cookie": "cookies",
    "set_cookie": "cookies",
    "EmailProblem": "email_addresses",
    "ascii_domain": "email_addresses",
    "clean_email": "email_addresses",
    "AccountGoneError": "errors",
    "AccountOfAnotherError": "errors",
    "AccountSuspendedError": "errors",
    "EmailInUseError": "errors",
    "LastWayInError": "errors",
    "SessionEndedError": "errors",
    "SignInRefusedError": "errors",
    "in_cleanup": "housekeeping",
    "Identity": "identity",
    "User": "models",
    "notice_of": "self_service.notices",
    "notices_for": "self_service.notices",
    "put_away": "self_service.notices",
    "find_people_by": "admin_pages.people_search",
    "DataPart": "self_service.personal_data",
    "columns": "self_service.personal_data",
    "in_personal_data": "self_service.personal_data",
    "on_page_of_person": "admin_pages.person_page",
    "is_anothers": "proven_addresses",
    "settle_all": "proven_addresses",
    "settle_people_of": "proven_addresses",
    "last_asked": "recent_sign_in",
    "recent_sign_in_required": "recent_sign_in",
    "next_page": "redirects",
    "safe_next": "redirects",
    "note_refused_next": "refused_next",
    "refused_origins": "refused_next",
    "tell_later": "refused_next",
    "words_on": "refused_next",
    "end_all_others": "self_service.pages",
    "SessionRequest": "session_request",
    "SignedInRequest": "session_request",
    "SessionShortcut": "api.shortcut",
    "problem": "api.problems",
    "end_sessions_no_longer_allowed": "sessions_through",
    "people_signed_in_through": "sessions_through",
    "regroup_sessions_through": "sessions_through",
    "duration": "shown",
    "accounts_of": "people",
    "preview": "sign_in_preview",
    "find_account": "people",
    "database_value": "statements",
    "find_one": "statements",
    "provide_admin": "people",
    "remove_accounts_of": "people",
    "sign_in": "people",
    "ensure_signing_key": "signing_keys.keyring",
    "has_signing_key": "signing_keys.keyring",
    "MayVouch": "vouching",
    "ask_who_may_vouch": "vouching",
    "Terms": "terms",
    "shared_lock": "terms",
    "vouches_for": "vouching",
    "when_accounts_go": "letting_go",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        message = f"accounts does not offer {name}"
        raise AttributeError(message)
    found = getattr(import_module(f"accounts.{_WHERE[name]}"), name)
    globals()[name] = found  # looked for once: sign-ins ask again and again
    return found
