"""A child of a process that has said yes starts as one that has not: with no token seen, and nothing to count."""

import os
from collections.abc import Callable

import pytest

from accounts.fastlane.tally import tally
from accounts.tests.fastlane.ways import Ways, verify
from accounts.tests.support.factories import Tokens
from accounts.tokens import seen

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


def in_a_child(holds: Callable[[], bool]) -> bool:
    if (child := os.fork()) == 0:
        os._exit(0 if holds() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_child_has_seen_no_token(warm: Ways, tokens: Tokens) -> None:
    assert seen.tokens.find(tokens.access) is not None
    assert in_a_child(lambda: seen.tokens.find(tokens.access) is None)


def test_a_child_does_not_count_again_what_its_parent_counts(warm: Ways, tokens: Tokens) -> None:
    warm.by_lane(verify(tokens.access))
    assert tally._sums
    assert in_a_child(lambda: not tally._sums)


def test_a_child_is_not_held_up_by_what_its_parent_was_at(warm: Ways, tokens: Tokens) -> None:
    with tally._lock, seen.tokens._lock:
        assert in_a_child(lambda: not (tally._lock.locked() or seen.tokens._lock.locked()))
