"""Bytes kept beside a remembered session: no longer than that, and never of another."""

import gc
from uuid import uuid4

from accounts.fastlane.beside import Beside
from accounts.models import Session, User


def test_bytes_go_when_memory_lets_go_of_the_session() -> None:
    beside = Beside(lambda user: user.email.encode())
    session = Session(user=User(email="ada@example.com"))
    assert beside.of(session) == b"ada@example.com"
    del session
    gc.collect()
    assert not beside._kept


def test_the_end_of_an_older_reading_leaves_the_newer_ones_bytes() -> None:
    rendered: list[str] = []

    def render(user: User) -> bytes:
        rendered.append(user.email)
        return b""

    beside, key = Beside(render), uuid4()
    older = Session(id=key, user=User(email="ada@example.com"))
    newer = Session(id=key, user=User(email="ada@example.org"))
    beside.of(older)
    of_older, _ = beside._kept[key]
    beside.of(newer)
    beside._drop(key, of_older)
    beside.of(newer)
    assert rendered == ["ada@example.com", "ada@example.org"]
