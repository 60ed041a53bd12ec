"""Who is this person, according to GitHub or Google? Steps 1 to 7 of the sign-in.

The product is the authorization code flow of OAuth 2.0, readable in its own order:

| # | step | where | source |
|---|---|---|---|
| 1 | register the application: `client_id`, `client_secret` | the provider's page in the admin, `Provider` | RFC 6749 §2 |
| 2 | ask the visitor whether to sign in through a provider | `GET /sign-in/` | |
| 3 | redirect to the authorization endpoint | `flow.authorization_request_url` | RFC 6749 §4.1.1, RFC 7636 §4.3 |
| 4 | receive the authorization code | `flow.authorization_code` | RFC 6749 §4.1.2, RFC 9207 §2.4 |
| 5 | request the access token | `flow.access_token_request` | RFC 6749 §4.1.3, RFC 7636 §4.5 |
| 6 | receive the access token (and ID token) | `flow.access_token_response`, `id_token.validate_id_token` | RFC 6749 §5.1, OIDC Core §3.1.3.7 |
| 7 | request the provider's API: who is this? | the provider's `fetch_profile` | RFC 6750 §2.1, OIDC Core §5.3 |
| 8 | issue the session JWT | `sessions.session_tokens.issue_session_token` | RFC 7519 §4.1, RFC 9068 §2 |
"""  # noqa: E501 - the table stands in the README too, and is compared with it
