"""What do the RFCs say to the server of OAuth 2.0 and OpenID Connect? In the order of a flow.

`authorization_request` and `authorization_response`, then `client_credentials` and `token_request`,
then `bearer` and `logout_request`; `metadata` says which of it works. Nothing here reads a request,
a database or a clock.
"""
