"""A browser in which somebody is signed in by cookies, and what pages of ours and of others make it send."""

import json
from http.cookies import SimpleCookie
from typing import Any, Self

from django.apps import apps
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.support.factories import PASSWORD


class Browser:
    """Keeps cookies and sends them to their paths, as RFC 6265 has it; `csrf_token` is what its page knows."""

    def __init__(self) -> None:
        self.cookies: SimpleCookie = SimpleCookie()
        self.csrf_token = ""

    @classmethod
    def of(cls, user: User) -> Self:
        """Signed in; AssertionError with the answer when that is refused."""
        browser = cls()
        answer = browser.sign_in(user)
        assert answer.status_code == 200, answer.content
        return browser

    def sign_in(self, user: User, **headers: str) -> Any:
        credentials = {"email": user.email, "password": PASSWORD}
        answer = self.send("POST", "/auth/login", credentials, HTTP_X_AUTH_TRANSPORT="cookie", **headers)
        self.csrf_token = answer.json().get("csrf_token", "")
        return answer

    def act(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """As a page of ours does."""
        return self.send(method, path, body, **{"HTTP_X_CSRF_TOKEN": self.csrf_token} | headers)

    def send(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json", **headers: str
    ) -> Any:
        """As it stands: with the cookies, and no more than a page of anybody's says. Bytes are sent as they are."""
        payload = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        cookies = self.header_for(path)
        sent = ({"HTTP_COOKIE": cookies} if cookies else {}) | headers
        answer: Any = APIClient().generic(method, path, payload, content_type, **sent)  # type: ignore[arg-type]
        self._keep(answer.cookies)
        return answer

    def header_for(self, path: str) -> str:
        """The Cookie header, longest path first (section 5.4)."""
        meant = [morsel for morsel in self.cookies.values() if f"{path}/".startswith(f"{morsel['path'].rstrip('/')}/")]
        return "; ".join(f"{m.key}={m.value}" for m in sorted(meant, key=lambda m: -len(m["path"])))

    def value(self, kind: str) -> str:
        """Of the `access` or the `refresh` cookie, under whichever name."""
        (value,) = [morsel.value for name, morsel in self.cookies.items() if name.endswith(kind)]
        return value

    def _keep(self, received: SimpleCookie) -> None:
        for name, morsel in received.items():
            if morsel["max-age"] == 0:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
                self.cookies[name].update(morsel)


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of ours, to see that nothing has changed."""
    models = apps.get_app_config("accounts").get_models(include_auto_created=True)
    return {model.__name__: sorted(model._default_manager.values_list(), key=repr) for model in models}


def code_of(answer: Any) -> str:
    """Of a problem, under whatever issuer."""
    return str(answer.json()["code"])
