"""How often an auth server was called, by route, as its own /metrics tell."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from accounts.tests.support.processes import Server

COUNT: Final = re.compile(
    r'^authservice_http_requests_total\{method="(\w+)",route="([^"]*)",status="\d+"\} (\S+)$', re.MULTILINE
)
OWN: Final = frozenset({"GET metrics", "GET healthz", "GET readyz"})
POLLED: Final = frozenset({"GET notices", "POST users/lookup", "POST notices/ack"})
"""What follows the log, in its own rhythm, however many requests there are."""


def calls(servers: Sequence[Server]) -> Counter[str]:
    found: Counter[str] = Counter()
    for server in servers:
        with server.client() as client:
            text = client.get("/metrics").body.decode()
        for method, route, number in COUNT.findall(text):
            found[f"{method} {route}"] += int(float(number))
    return Counter({call: number for call, number in found.items() if call not in OWN})
