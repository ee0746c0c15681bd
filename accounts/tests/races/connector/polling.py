"""As many processes as a large fleet has, each with a connection of its own, as far as the auth service can tell."""

import asyncio
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from accounts.tests.support.processes import Server

EVERY_SECONDS: Final = 1.0
JITTER_SECONDS: Final = 0.1
"""As the connector polls."""


@dataclass(slots=True)
class Polled:
    """What was answered so far: statuses, seconds an answer took, and when each poller first heard of a subject."""

    statuses: set[int] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    heard: dict[str, dict[int, float]] = field(default_factory=dict)

    def wait_until_heard(self, subject: str, by: int, *, seconds: float) -> Sequence[float]:
        """When each of them did, by the monotonic clock. AssertionError if they don't in time."""
        deadline = time.monotonic() + seconds
        while len(when := self.heard.get(subject, {})) < by:
            assert time.monotonic() < deadline, f"{len(when)} of {by} have heard"
            time.sleep(0.02)
        return list(when.values())


@contextmanager
def pollers(server: Server, token: str, total: int) -> Iterator[Polled]:
    """They begin at different moments of a second, follow the log from its window on, and stop at the end."""
    polled, stopping = Polled(), threading.Event()

    async def run() -> None:
        await asyncio.gather(*(_poll(number, server, token, polled, stopping) for number in range(total)))

    thread = threading.Thread(target=asyncio.run, args=[run()], name="pollers")
    thread.start()
    try:
        yield polled
    finally:
        stopping.set()
        thread.join()


async def _poll(number: int, server: Server, token: str, polled: Polled, stopping: threading.Event) -> None:
    await asyncio.sleep(random.uniform(0, EVERY_SECONDS))
    parts = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    cursor = ""
    while not stopping.is_set():
        began = time.monotonic()
        status, document = await _ask(reader, writer, parts.netloc, token, cursor)
        polled.seconds.append(time.monotonic() - began)
        polled.statuses.add(status)
        if status != HTTPStatus.OK:
            break
        cursor = document["cursor"]
        for notice in document["notices"]:
            polled.heard.setdefault(notice["subject"], {}).setdefault(number, time.monotonic())
        if document["complete"]:
            await asyncio.sleep(EVERY_SECONDS + random.uniform(-JITTER_SECONDS, JITTER_SECONDS))
    writer.close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, token: str, cursor: str
) -> tuple[int, Any]:
    query = f"?{urlencode({'after': cursor})}" if cursor else ""
    writer.write(
        f"GET /notices{query} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode("ascii")
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *headers = head.split("\r\n")
    lengths = [line.partition(":")[2] for line in headers if line.lower().startswith("content-length:")]
    return int(status.split(" ")[1]), json.loads(await reader.readexactly(int(lengths[0])))
