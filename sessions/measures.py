"""The metrics of sessions for Prometheus (`/metrics`). Counting takes microseconds, in memory."""

from prometheus_client import Counter, Gauge

MOVED_ON, REPEATED, REFUSED = "moved_on", "repeated", "refused"
REFRESHES = Counter(
    "signet_refreshes",
    "Refresh tokens that came: the session moved on, the same successor was repeated, or refused",
    ["outcome"],
)
REPLAYS = Counter(
    "signet_refresh_replays", "Refresh tokens that came again too late, and ended their session"
)
REVOCATIONS_READ = Gauge(
    "signet_revocations_read_timestamp_seconds",
    "When the list of revoked sessions was last read; of several processes, the one that lags",
    multiprocess_mode="livemin",
)
