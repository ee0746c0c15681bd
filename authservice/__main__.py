"""`python -m authservice`: the service with everything beside it, as `make run` and the container start it."""

import sys

from django.core.exceptions import ImproperlyConfigured

try:
    from authservice.serving import launcher
except (ImproperlyConfigured, OSError) as exc:  # the environment is read by the import
    sys.exit(f"authservice can't start: {exc}")

sys.exit(launcher.main(sys.argv[1:]))
