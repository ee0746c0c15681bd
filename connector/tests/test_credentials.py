"""The service's own token: one fetch for all who wait, whether it succeeds or not."""

import threading
from typing import Any

import pytest
from authservice_connector.credentials import FAILED_SECONDS, ClientCredentials, ServiceToken
from authservice_connector.errors import CannotTell
from authservice_connector.transport import Answer

from tests.issuing import Later


class Tokens:
    """Fails slowly until it is mended."""

    def __init__(self) -> None:
        self.asked, self.is_down = 0, True

    def post_form(self, *_: Any, **__: Any) -> Answer:
        self.asked += 1
        threading.Event().wait(0.1)
        if self.is_down:
            raise CannotTell("down", retry_after=7)
        return Answer(200, {"access_token": "t", "expires_in": 300})


def test_a_queue_behind_a_token_that_is_not_to_be_had_does_not_try_one_by_one(later: Later) -> None:
    tokens = Tokens()
    token = ServiceToken(tokens, ClientCredentials("a", "b"))  # type: ignore[arg-type]
    waits: list[int] = []

    def get() -> None:
        with pytest.raises(CannotTell) as exc:
            token.get()
        waits.append(exc.value.retry_after)

    threads = [threading.Thread(target=get) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert waits == [7] * 5
    assert tokens.asked == 1
    tokens.is_down = False
    later(FAILED_SECONDS)
    assert token.get() == "t"
