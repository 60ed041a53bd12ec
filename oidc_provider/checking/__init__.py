"""Check an app before people use it: what is wrong, why, and what to change where.

`examination.py` has the checks in their order. Signet asks its own address as the app will, and the
app's address as a browser would. What only a browser can reach is unknown, never a problem.
"""

from oidc_provider.checking.examination import examine, examine_alone, last_report

__all__ = ["examine", "examine_alone", "last_report"]
