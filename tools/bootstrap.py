"""Make the project's environment: `python -m tools.bootstrap default|dev|lock|add PACKAGE`.

This file alone must parse on any Python that still exists, so that an old one is told what to do.
"""

import os
import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    sys.exit(
        "Python %d.%d or newer is needed and `%s` is %d.%d.%d; name a newer one: make %s PYTHON=python3.12"
        % (OLDEST + (os.environ.get("PYTHON", "python3"),) + sys.version_info[:3] + (os.environ.get("GOAL", "run"),))  # noqa: RUF005
    )

# What follows can't be read by an old Python, hence after the refusal.
from tools import packages  # noqa: E402

if __name__ == "__main__":
    sys.exit(packages.main(sys.argv[1:]))
