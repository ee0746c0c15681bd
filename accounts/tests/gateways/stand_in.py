"""Something in authservice's place that answers what it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message

from accounts.tests.gateways.serving import AnyMethod, serving


@dataclass(slots=True)
class StandIn:
    """`status` may be set at any time. Who somebody is, it never says; `asked` is what it was asked with, in turn."""

    port: int
    status: int = 200
    asked: list[Message] = field(default_factory=list)


@contextmanager
def standing_in(port: int) -> Iterator[StandIn]:
    stand_in = StandIn(port)

    class Handler(AnyMethod):
        def answer(self) -> None:
            stand_in.asked.append(self.headers)
            self.send_response(stand_in.status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", "/elsewhere")
            self.end_headers()

    with serving(port, Handler):
        yield stand_in
