"""Whom something fails at is tried again at once, then after 4 s, and after twice as long each time."""

from authservice_connector.setbacks import Setbacks

from tests.issuing import Later


def test_each_failure_doubles_the_wait(later: Later) -> None:
    setbacks = Setbacks()
    assert setbacks.is_due("a")
    setbacks.note("a")
    assert setbacks.is_due("a")
    for seconds in (4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300):
        setbacks.note("a")
        later(seconds - 0.5)
        assert not setbacks.is_due("a"), seconds
        assert setbacks.is_due("b")
        later(0.5)
        assert setbacks.is_due("a"), seconds


def test_what_went_well_begins_anew(later: Later) -> None:
    setbacks = Setbacks()
    for _ in range(5):
        setbacks.note("a")
    setbacks.forget("a")
    assert setbacks.is_due("a")
    setbacks.note("a")
    assert setbacks.is_due("a")
    setbacks.note("a")
    later(4)
    assert setbacks.is_due("a")
