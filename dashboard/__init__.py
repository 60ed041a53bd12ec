"""Is the site set up, and how do sign-ins go? The home of the admin.

`checklist.py` is for a fresh site, `sign_ins.py` counts, and `charts.py` makes pictures of it.
"""
