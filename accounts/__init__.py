"""Who is this person here, and for how long? Step 8 of the sign-in: users, sessions, keys.

This is the whole of what other rooms may use. The names load on first use, because Django wants
its applications imported before their models.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessions.errors import AccountSuspendedError as AccountSuspendedError
    from sessions.errors import SignInRefusedError as SignInRefusedError

    from accounts.admin_pages.audited import AuditedAdmin as AuditedAdmin
    from accounts.admin_pages.people_search import find_people_by as find_people_by
    from accounts.admin_pages.person_page import on_page_of_person as on_page_of_person
    from accounts.email_addresses import EmailProblem as EmailProblem
    from accounts.email_addresses import ascii_domain as ascii_domain
    from accounts.email_addresses import clean_email as clean_email
    from accounts.errors import AccountGoneError as AccountGoneError
    from accounts.errors import AccountOfAnotherError as AccountOfAnotherError
    from accounts.errors import EmailInUseError as EmailInUseError
    from accounts.errors import LastWayInError as LastWayInError
    from accounts.errors import SessionEndedError as SessionEndedError
    from accounts.identity import Identity as Identity
    from accounts.people import accounts_of as accounts_of
    from accounts.people import find_account as find_account
    from accounts.people import provide_admin as provide_admin
    from accounts.people import remove_accounts_of as remove_accounts_of
    from accounts.people import sign_in as sign_in
    from accounts.proven_addresses import is_anothers as is_anothers
    from accounts.proven_addresses import settle_all as settle_all
    from accounts.proven_addresses import settle_people_of as settle_people_of
    from accounts.self_service.connections import connect as connect
    from accounts.self_service.connections import connections_of as connections_of
    from accounts.self_service.connections import disconnect as disconnect
    from accounts.self_service.connections import known_as as known_as
    from accounts.self_service.notices import notice_of as notice_of
    from accounts.self_service.notices import notices_for as notices_for
    from accounts.self_service.notices import put_away as put_away
    from accounts.self_service.personal_data import DataPart as DataPart
    from accounts.self_service.personal_data import columns as columns
    from accounts.self_service.personal_data import in_personal_data as in_personal_data
    from accounts.sign_in_preview import preview as preview
    from accounts.vouching import MayVouch as MayVouch
    from accounts.vouching import ask_who_may_vouch as ask_who_may_vouch
    from accounts.vouching import vouches_for as vouches_for
    from sessions.access import group_required as group_required
    from sessions.access import login_required as login_required
    from sessions.access import open_to_scripts as open_to_scripts
    from sessions.access import scope_required as scope_required
    from sessions.actors import actor_of as actor_of
    from sessions.actors import visitor_of as visitor_of
    from sessions.api.problems import problem as problem
    from sessions.api.shortcut import SessionShortcut as SessionShortcut
    from sessions.claim_meanings import claims_in_words as claims_in_words
    from sessions.cookie_budget import bytes_left_for_groups as bytes_left_for_groups
    from sessions.cookie_budget import bytes_of as bytes_of
    from sessions.letting_go import when_accounts_go as when_accounts_go
    from sessions.models import User as User
    from sessions.pages import end_all_others as end_all_others
    from sessions.recent_sign_in import last_asked as last_asked
    from sessions.recent_sign_in import recent_sign_in_required as recent_sign_in_required
    from sessions.session_request import SessionRequest as SessionRequest
    from sessions.session_request import SignedInRequest as SignedInRequest
    from sessions.sessions_through import (
        end_sessions_no_longer_allowed as end_sessions_no_longer_allowed,
    )
    from sessions.sessions_through import people_signed_in_through as people_signed_in_through
    from sessions.sessions_through import regroup_sessions_through as regroup_sessions_through
    from sessions.signing_keys.keyring import ensure_signing_key as ensure_signing_key
    from sessions.signing_keys.keyring import has_signing_key as has_signing_key
    from sessions.terms import Terms as Terms
    from sessions.terms import shared_lock as shared_lock
    from web.address_limit import AddressLimit as AddressLimit
    from web.addresses import Forwarding as Forwarding
    from web.addresses import client_address as client_address
    from web.addresses import forwarding as forwarding
    from web.background import in_background as in_background
    from web.background import start_background as start_background
    from web.cookies import cookie_name as cookie_name
    from web.cookies import cookies_under as cookies_under
    from web.cookies import delete_cookie as delete_cookie
    from web.cookies import set_cookie as set_cookie
    from web.housekeeping import in_cleanup as in_cleanup
    from web.redirects import next_page as next_page
    from web.redirects import safe_next as safe_next
    from web.refused_next import note_refused_next as note_refused_next
    from web.refused_next import refused_origins as refused_origins
    from web.refused_next import tell_later as tell_later
    from web.refused_next import words_on as words_on
    from web.shown import duration as duration
    from web.statements import database_value as database_value
    from web.statements import find_one as find_one

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
