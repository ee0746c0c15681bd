"""The application of MEASURED_TARGET with coverage in the server's threads, in which no tracer is installed.

Granian makes its threads outside Python, so `threading.settrace`, which coverage relies on, never reaches them.
"""

import importlib
import os
import sys
import threading
from collections.abc import Iterable
from typing import Any

_module, _, _name = os.environ["MEASURED_TARGET"].partition(":")
_application = getattr(importlib.import_module(_module), _name)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if sys.gettrace() is None:
        sys.settrace(threading.gettrace())
    answer: Iterable[bytes] = _application(environ, start_response)
    return answer
