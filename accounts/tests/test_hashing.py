"""Hashing: behind a bound that can be looked at, on threads of its own that give way."""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings

from accounts import hashing
from accounts.errors import Busy


@pytest.fixture(autouse=True)
def _one_slot_and_one_place_in_the_queue(settings: Settings) -> None:
    settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = 1, 1


def test_full_is_when_slots_and_queue_are_taken() -> None:
    assert not hashing.is_full()
    with hashing.slot():
        assert not hashing.is_full()
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(hashing.run, lambda: None)
            while not hashing.is_full():
                assert not waiting.done()
            with pytest.raises(Busy):
                hashing.run(lambda: None)
            assert hashing.is_full()  # whoever was refused took no place
            hashing._places().slots.release()  # as if the first were done
            waiting.result(5)
            hashing._places().slots.acquire()
    assert not hashing.is_full()


def test_a_place_is_given_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "QUEUE_SECONDS", 0.01)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            hashing.run(lambda: 1 / 0)
        with hashing.slot(), pytest.raises(Busy):
            hashing.run(lambda: None)
    assert not hashing.is_full()


def test_no_more_threads_hash_than_there_are_slots() -> None:
    """Each keeps the memory of a hash."""
    assert len({hashing.run(threading.get_ident) for _ in range(20)}) == 1
    assert hashing.run(threading.get_ident) != threading.get_ident()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")
def test_hashes_give_way_to_everything_else() -> None:
    usual = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    nicer = hashing.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert nicer == min(usual + hashing.NICENESS, 19)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == usual


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_hashes_on_threads_of_its_own() -> None:
    """The parent's stayed behind, and so did who holds its slot."""
    hashing.run(lambda: None)
    with hashing.slot():
        if (child := os.fork()) == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(5)
            try:
                os._exit(hashing.run(lambda: 7))
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
