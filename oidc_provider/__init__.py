"""Which other apps sign in through us, and how? The story of `oauth_client`, the other way round.

In the order of a flow: `authorize` answers the authorization request, `endpoints` exchanges the
code and says who it is, `logout` ends it. `grants` has what lies between them.
"""
