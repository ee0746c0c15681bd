"""What the password hash alone allows: nothing but verifying it, over and over, on the server's core."""

import time

import argon2

from bench import cores
from bench.load import Tally, tally
from bench.people import PASSWORD


def measure(encoded: str, *, core: int, seconds: float) -> Tally:
    """In this process; `encoded` as Django stores it, so that it brings its parameters."""
    hasher, bare = argon2.PasswordHasher(), encoded.removeprefix("argon2")
    latencies: list[float] = []
    with cores.pinned_to(core):
        began = before = time.perf_counter()
        while before < began + seconds:
            hasher.verify(bare, PASSWORD)
            now = time.perf_counter()
            latencies.append(now - before)
            before = now
    return tally(latencies, seconds=before - began)
