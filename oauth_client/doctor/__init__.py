"""Examine a provider without a visitor: what is wrong, why, and what to paste where.

| what is examined | where |
|---|---|
| what has been entered, and BASE_URL | `fields.py` |
| names, addresses, certificates, the two clocks | `network.py` |
| the discovery document, the keys for ID tokens | `metadata.py` |
| the redirect URI, as far as it shows without signing in | `redirect_uri.py` |
| client ID and secret, by a code that is wrong on purpose | `credentials.py`, `readings.toml` |

`examination.py` has the order and the time limits, `admin.py` the page. What cannot be checked is
unknown, never good.
"""

from oauth_client.doctor.examination import examine, examine_alone
from oauth_client.doctor.findings import Finding, Outcome, Report

__all__ = ["Finding", "Outcome", "Report", "examine", "examine_alone"]
