"""Limits on what strangers send, each with its source; docs/what-providers-may-send.md shows them.

If no RFC has a limit, we use the limit of the message that carries the value: a request line, or a
document.
"""

# Bytes of a request line: the most that gunicorn takes, and about what nginx does
# (large_client_header_buffers, 8 KiB). No RFC limits a code: Microsoft's pass 2,048 characters for
# work accounts (2026-06, IBM/mcp-context-forge #5340), and 4,096 at Azure AD B2C (2023-12,
# azure-ad-b2c/samples #598).
REQUEST_LINE = 8190
PARAMETER = REQUEST_LINE  # characters of `code`, `state` and `iss`
# Characters of an answer by POST, which we redirect with its parameters in the query. So it has to
# fit into a request line, beside the method, the version and the address of the callback. The slug
# in that address has at most 50 characters.
FORM_POST_QUERY = REQUEST_LINE - 120
FORM_POST_BODY = 65_536  # bytes: no request here needs more

# Bytes of the token endpoint's answer. No RFC limits a token (RFC 6749 §1.4), so whatever fits in
# here is one: three JWTs that each list a thousand groups do.
TOKEN_RESPONSE = 262_144
DOCUMENT = 1_048_576  # bytes of any other answer: a profile, a discovery document, a key set
# Keys that are kept although the newest set lacks them. No provider has so many; one that invents
# keys cannot fill our memory.
EARLIER_KEYS = 100

SUB = 255  # characters of `sub`, OpenID Connect Core §2
# Characters of an id that allauth's adapters read: its own bound, which is no setting.
UID_BY_ALLAUTH = 191
