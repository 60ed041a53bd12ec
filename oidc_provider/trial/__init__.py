"""Try an app out: how does a sign-in end, with Signet in the place of the app?

An admin begins. The browser goes to the real authorization endpoint, with a redirect URI that
counts for this session, app and ten minutes only, and is an address of ours: no code can leave.
Then Signet calls the real endpoints as the app would. Its grant is removed, and no token is shown.
"""
