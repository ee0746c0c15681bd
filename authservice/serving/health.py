"""Does the server answer? `python -m authservice.serving.health` is the container's health check.

Only the standard library is imported: it is asked every few seconds.
"""

import http.client
import os
import sys


def answers(host: str, port: int) -> bool:
    """Whether the server is up: it says something, be it that this is no name of its own."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not answers("127.0.0.1", int(os.environ.get("PORT", "").strip() or 8000)))
