"""An app of the team, to see single sign-on with one's own eyes: `python -m simulator.app`.

It knows three values of the site that people sign in to: issuer, client ID and client secret.
`sign_in` has the messages, `views` the pages that send and receive them.
"""
