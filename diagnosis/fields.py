"""The id of the field on a provider's page where the admin fixes a failure."""

_CODES = {
    "id_client_id": "wrong_client_id audience_mismatch",
    "id_client_secret": "wrong_client_secret client_secret_with_space client_secret_expired"
    " secret_unreadable",
    "id_base_url": "discovery_of_another_issuer issuer_mismatch address_refused dns_failure"
    " discovery_unreachable unexpected_redirect response_too_large response_not_json"
    " profile_malformed",
    "id_scope": "scope_refused email_scope_missing id_token_missing profile_refused",
    "redirect-uri": "redirect_uri_not_registered redirect_uri_mismatch",
    "id_enabled": "provider_switched_off",
    "id_who_may_sign_in": "not_allowed email_domain_not_allowed not_a_member",
    "id_vouches_for": "domain_not_vouched_for",
}
FIELDS = {code: field for field, codes in _CODES.items() for code in codes.split()}
