"""What do the RFCs say? The messages of OAuth 2.0, OpenID Connect and JWS as functions.

Nothing here sends, stores, reads a clock or loads a framework.
"""
