"""People and their sessions in the admin, and what its pages have in common.

`accounts/admin.py`, which Django loads, registers them. Pages that ask before they do something use
`sessions.recent_sign_in`. Pages that record what they change derive from `audited.py`.
"""
