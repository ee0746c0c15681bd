"""Makes what tests need, through the same doors as everybody."""

from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from rest_framework.test import APIClient

from accounts.models import User

PASSWORD = "river-lantern-copper-moss-47"
"""Passes every rule."""

_numbers = count(1)


class MakeUser(Protocol):
    def __call__(self, email: str | None = None, password: str | None = PASSWORD, **fields: Any) -> User: ...


class SignIn(Protocol):
    def __call__(self, user: User, password: str = PASSWORD) -> "Tokens": ...


class Bearer(Protocol):
    def __call__(self, token: str) -> APIClient: ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in hands out."""

    access: str
    refresh: str


def make_user(email: str | None = None, password: str | None = PASSWORD, **fields: Any) -> User:
    """A user with an address of their own; None as password makes one that no password opens."""
    return User.objects.create_user(email or f"person{next(_numbers)}@example.com", password, **fields)


def misspelt(user_id: object) -> list[str]:
    """Ids that `UUID` reads as this one, and that are not its name."""
    text = str(user_id)
    full_width = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    return [
        f"{{{text}}}", f"urn:uuid:{text}", f"{{urn:uuid:{text}", text.replace("-", ""), text.replace("-", "", 1),
        text.upper(), full_width, full_width.replace("-", ""),
    ]  # fmt: skip


def sign_in(user: User, password: str = PASSWORD) -> Tokens:
    """Over REST; AssertionError with the answer when it is refused."""
    answer = APIClient().post("/auth/login", {"email": user.email, "password": password}, format="json")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    return Tokens(body["access"], body["refresh"])


def bearer(token: str) -> APIClient:
    """A client that shows this token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
