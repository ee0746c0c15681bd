"""A program that identifies one caller again and again, in its own process and in one that it starts.

`python -m tests.calling fork|spawn TOKEN`. Says `<who> ready` once it decides by itself, and `<who> refused`.
"""

import multiprocessing
import os
import sys
import threading
import time

import django

django.setup()  # a spawned process imports this again, from the beginning

from authservice_connector import current  # noqa: E402
from authservice_connector.errors import SessionRevoked  # noqa: E402


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())  # at once, and whole


def follow(who: str, token: str) -> None:
    made = current.connection()
    assert made.follower is not None
    while made.follower.age() > 1:
        made.gate.identify(token)
        time.sleep(0.01)
    names = [thread.name for thread in threading.enumerate()]
    say(f"{who} ready {names.count('authservice-follower')}")
    try:
        while True:
            made.gate.identify(token)
            assert current.connection() is made
            time.sleep(0.01)
    except SessionRevoked:
        say(f"{who} refused")


def forked(token: str) -> None:
    """While every lock of the parent's that a child could meet is held by a thread that the child has not."""
    parents = current.connection()
    parents.gate.identify(token)
    held, may_end = threading.Event(), threading.Event()
    threading.Thread(target=hold, args=(held, may_end), daemon=True).start()
    held.wait()
    child = os.fork()
    if child == 0:
        assert current.connection() is not parents
        follow("child", token)
        os._exit(0)
    may_end.set()
    follow("parent", token)
    assert current.connection() is parents
    say(f"child ended {os.waitpid(child, 0)[1]}")


def hold(held: threading.Event, may_end: threading.Event) -> None:
    with current._lock:
        held.set()
        may_end.wait()


def spawned(token: str) -> None:
    current.connection().gate.identify(token)
    child = multiprocessing.get_context("spawn").Process(target=in_child, args=(token,))
    child.start()
    follow("parent", token)
    child.join()
    say(f"child ended {child.exitcode}")


def in_child(token: str) -> None:
    follow("child", token)


if __name__ == "__main__":
    {"fork": forked, "spawn": spawned}[sys.argv[1]](sys.argv[2])
