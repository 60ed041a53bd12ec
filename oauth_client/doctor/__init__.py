"""Examine a provider without a visitor: what is wrong, why, and what to paste where.

`examination.py` has the checks in their order, and how long each may take; `admin.py` has the page.
What cannot be checked is unknown, never good.
"""

from oauth_client.doctor.examination import examine, examine_alone
from oauth_client.doctor.findings import Finding, Outcome, Report

__all__ = ["Finding", "Outcome", "Report", "examine", "examine_alone"]
