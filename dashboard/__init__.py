"""The home of the admin: is the site set up, and how do sign-ins go?

`checklist.py` is for a fresh site; `sign_ins.py` counts and remembers, `timing.py` has medians,
`upkeep.py` what is about to expire, `charts.py` makes pictures of it. `templatetags/` puts both
onto the page.
"""
