"""Counters and histograms by name, as `/metrics` shows them."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

AUDIT_EVENTS: Final = Counter("authservice_audit_events", "Security events", ["type", "outcome"])
VERIFICATIONS: Final = Counter("authservice_verifications", "Answers about access tokens", ["answer"])
REFRESHES: Final = Counter("authservice_refreshes", "Answers about refresh tokens", ["answer"])
PASSWORD_HASH_SECONDS: Final = Histogram(
    "authservice_password_hash_seconds",
    "Time of one password hash, without the wait for its slot",
    buckets=(0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28),
)
PASSWORD_HASHES_REFUSED: Final = Counter("authservice_password_hashes_refused", "Hashes refused beyond the bound")
BREACH_CHECKS: Final = Counter("authservice_breach_checks", "Questions whether a password is known", ["outcome"])
THROTTLE_FALLBACKS: Final = Counter(
    "authservice_throttle_fallbacks", "Limits counted in the database for want of Redis"
)
DATABASE_DEADLINES: Final = Counter("authservice_database_deadlines", "Waits for the database that were given up")
DATABASE_BREAKER_OPENINGS: Final = Counter(
    "authservice_database_breaker_openings", "How often the database was found to hang"
)
KEY_RING_LOADS: Final = Counter("authservice_key_ring_loads", "Reads of the signing keys", ["outcome"])
NOTICE_READS: Final = Counter("authservice_notice_reads", "Reads of the end of the notice log", ["outcome"])
NOTICES_AGE_SECONDS: Final = Histogram(
    "authservice_notices_age_seconds",
    "How long ago the end of the notice log had last been read when it was read again",
    buckets=(0.25, 0.3, 0.5, 1.0, 2.0, 5.0),
)
STANDING_READS: Final = Counter("authservice_standing_reads", "Where the standing of a token was found", ["source"])
STANDING_RENEWALS: Final = Counter(
    "authservice_standing_renewals", "Standings in memory that were read again, many at once", ["outcome"]
)
STANDINGS: Final = Gauge(
    "authservice_standings", "Standings in memory, with those that have aged", ["kind"], multiprocess_mode="livesum"
)
OVERDUE_ACKNOWLEDGEMENTS: Final = Gauge(
    "authservice_overdue_deletion_acknowledgements",
    "Deletions that a consumer has not acknowledged within a day, as the worker last counted them",
    ["consumer"],
    multiprocess_mode="mostrecent",
)
UNERASED_DELETIONS: Final = Gauge(
    "authservice_unerased_deletions",
    "Deletions that wait for nobody and are not erased yet, as the worker last counted them",
    multiprocess_mode="mostrecent",
)
MAILS: Final = Counter(
    "authservice_mails", "What became of mails, and how often they were postponed", ["kind", "outcome"]
)
MAILS_WAITING: Final = Gauge(
    "authservice_mails_waiting",
    "Mails that have not been sent, as the worker last counted them",
    multiprocess_mode="mostrecent",
)
OLDEST_MAIL_SECONDS: Final = Gauge(
    "authservice_oldest_mail_seconds",
    "How long ago the oldest mail that waits was asked for",
    multiprocess_mode="mostrecent",
)
REQUESTS: Final = Counter("authservice_http_requests", "HTTP answers", ["route", "method", "status"])
REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
REQUEST_SECONDS: Final = Histogram(
    "authservice_http_request_seconds", "Time to answer an HTTP request", ["route"], buckets=REQUEST_BUCKETS
)
FASTLANE_ANSWERS: Final = Counter(
    "authservice_fastlane_answers", "Answers that the fast lane gave by itself", ["route"]
)


def observe_many(histogram: Histogram, total: float, counts: Sequence[int]) -> None:
    """As single calls of `observe` whose sum is `total`; `counts` says how many fell into each bucket, the last one
    without a bound.
    """
    histogram._sum.inc(total)  # noqa: SLF001 - prometheus_client takes one observation at a time
    for bucket, count in zip(histogram._buckets, counts, strict=True):  # noqa: SLF001
        if count:
            bucket.inc(count)
