"""Dates beside how far away they are."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from accounts.services.explaining import moments

NOW = datetime(2026, 11, 21, 14, 20, 38, 400_000, UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (0.4, "now"),
        (-1, "1 second ago"),
        (59, "in 59 seconds"),
        (-60, "1 minute ago"),
        (120, "in 2 minutes"),
        (-3599, "59 minutes ago"),
        (3600, "in 1 hour"),
        (-47 * 3600, "1 day ago"),
        (86_400 * 4000, "in 4,000 days"),
    ],
)
def test_a_distance_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert moments.relative(NOW + timedelta(seconds=seconds), now=NOW) == words


def test_a_moment_is_told_in_utc() -> None:
    moment = NOW.astimezone(timezone(timedelta(hours=5))) - timedelta(minutes=3)
    assert moments.told(moment, now=NOW) == "2026-11-21T14:17:38Z, 3 minutes ago"


@pytest.mark.parametrize("value", [None, "1", True, 1.5, 2**40, 10**30, -(10**30), [1]])
def test_a_claim_without_a_date_has_none(value: object) -> None:
    assert moments.from_claim(value) is None


def test_a_claim_is_read_in_whole_seconds() -> None:
    assert moments.from_claim(0) == datetime(1970, 1, 1, tzinfo=UTC)
