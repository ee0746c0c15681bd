"""`python -m authservice`: the service with everything beside it, as `make run` and the container start it."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured

# The kernel ignores for the first process of a container what it has no handler for; a stop that comes before the
# launcher listens would be lost.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

try:
    from authservice.serving import launcher
except (ImproperlyConfigured, OSError) as exc:  # the environment is read by the import
    sys.exit(f"authservice can't start: {exc}")

sys.exit(launcher.main(sys.argv[1:]))
