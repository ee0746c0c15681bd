"""A program whose threads each mirror people at once, as a server's do: `python -m tests.first_sights`.

Says `<n> mirrored`, and the error of whoever failed.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

import django

django.setup()

from authservice_connector import mirror  # noqa: E402
from authservice_connector.models import RemoteUser  # noqa: E402
from django.db import connections  # noqa: E402

from tests.issuing import ISSUER  # noqa: E402

THREADS, PEOPLE = 8, 12


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def sights(thread: int, begin: Callable[[], Any]) -> None:
    begin()
    try:
        for number in range(PEOPLE):
            name = f"{thread}-{number}"
            mirror.apply(ISSUER, {"id": name, "version": 1, "email": f"{name}@example.com"})
    except Exception as exc:  # noqa: BLE001 - whatever it is, the test is to see it
        say(f"{type(exc).__name__}: {exc}")
    finally:
        connections.close_all()


def main() -> None:
    begin = threading.Barrier(THREADS).wait
    threads = [threading.Thread(target=sights, args=(number, begin)) for number in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    say(f"{RemoteUser.objects.count()} mirrored")


if __name__ == "__main__":
    main()
