"""The API for other programs: a token's session, its refresh, and the API's description."""
