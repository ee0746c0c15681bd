"""What the lane answers is counted where Django's answers are, and to the same sums."""

import pytest
from prometheus_client import REGISTRY

from accounts import metrics
from accounts.fastlane.tally import Counted, Tally, tally
from accounts.tests.fastlane.ways import Ways, request, verify
from accounts.tests.support.factories import Tokens
from accounts.tokens import standing

REQUESTS = ("authservice_http_requests_total", {"method": "POST", "route": "auth/verify", "status": "200"})
SECONDS = ("authservice_http_request_seconds_count", {"route": "auth/verify"})
QUICK = ("authservice_http_request_seconds_bucket", {"route": "auth/verify", "le": "5.0"})
VERIFICATIONS = ("authservice_verifications_total", {"answer": "active"})
FROM_MEMORY = ("authservice_standing_reads_total", {"source": "memory"})
BY_LANE = ("authservice_fastlane_answers_total", {"route": "auth/verify"})
ALL = (REQUESTS, SECONDS, QUICK, VERIFICATIONS, FROM_MEMORY)


def value(sample: tuple[str, dict[str, str]]) -> float:
    return REGISTRY.get_sample_value(*sample) or 0.0


def grown(*samples: tuple[str, dict[str, str]], since: list[float]) -> list[float]:
    return [value(sample) - before for sample, before in zip(samples, since, strict=True)]


def test_each_way_counts_alike(warm: Ways, tokens: Tokens) -> None:
    tally.flush()
    before = [value(sample) for sample in ALL]
    warm.by_django(verify(tokens.access))
    by_django = grown(*ALL, since=before)
    before, lane_before = [value(sample) for sample in ALL], value(BY_LANE)
    assert warm.is_hit(verify(tokens.access))
    tally.flush()
    assert grown(*ALL, since=before) == by_django == [1.0] * len(ALL)
    assert value(BY_LANE) == lane_before + 1


def test_what_the_database_was_asked_counts_alike(warm: Ways, tokens: Tokens) -> None:
    asked = ("authservice_standing_reads_total", {"source": "database"})
    counts = []
    for way in (warm.by_django, warm.by_lane):
        standing.forget()
        tally.flush()
        before = [value(FROM_MEMORY), value(asked)]
        way(verify(tokens.access))
        tally.flush()
        counts.append(grown(FROM_MEMORY, asked, since=before))
    assert counts == [[0.0, 1.0]] * 2


def test_of_a_scrape_what_is_counted_is_told(warm: Ways, tokens: Tokens) -> None:
    tally.flush()
    before = value(BY_LANE)
    warm.by_lane(verify(tokens.access))
    said = warm.by_lane(request("GET", "/metrics"))
    assert b'authservice_fastlane_answers_total{route="auth/verify"} %.1f\n' % (before + 1) in said.body


def test_what_is_counted_is_handed_on_four_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("accounts.fastlane.tally.perf_counter", lambda: now[0])
    own, counted = Tally(), Counted("auth/user", "GET")
    sample = ("authservice_fastlane_answers_total", {"route": "auth/user"})
    before = value(sample)
    for _ in range(3):
        own.count(counted, now[0], 1)
    assert value(sample) == before
    now[0] += 0.26
    own.count(counted, now[0], 1)
    assert value(sample) == before + 4
    own.flush()
    assert value(sample) == before + 4


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.0011, 0.3, 5.0, 7.0])
def test_many_observations_are_as_many_single_ones(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("accounts.fastlane.tally.perf_counter", lambda: now[0])
    one, other = (metrics.REQUEST_SECONDS.labels(f"test {name} {seconds}") for name in ("one", "other"))
    own, counted = Tally(), Counted(f"test other {seconds}", "GET")
    for _ in range(3):
        one.observe(now[0] - (now[0] - seconds))
        own.count(counted, now[0] - seconds, 1)
    own.flush()
    assert [bucket.get() for bucket in one._buckets] == [bucket.get() for bucket in other._buckets]
    assert one._sum.get() == pytest.approx(other._sum.get())
