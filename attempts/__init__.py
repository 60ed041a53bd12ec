"""Which sign-ins came back, what was said in each, and what is wrong where they fail.

`recording.py` writes a row for each, `counting.py` numbers for what makes no row, `admin.py` shows
them; `oauth_client/diagnosis/` says why one failed.
"""
