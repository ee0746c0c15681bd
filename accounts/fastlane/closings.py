"""What is said of a user, kept as bytes: good exactly as long as memory holds that very standing."""

from collections.abc import Callable

from accounts.models import User
from accounts.models.sessions import KeptSession


class Closings:
    """Of answers to verifies."""

    def __init__(self, render: Callable[[User], bytes]) -> None:
        self._render = render

    def of(self, kept: KeptSession) -> bytes:
        """`kept` as memory holds it: whatever changes of it or its user, memory holds another one then."""
        if not kept.closing:
            kept.closing = self._render(kept.session().user)
        return kept.closing
