"""As `settings`, for processes of their own: with an auth service on a socket and a database that they share."""

import os

from tests.settings import *  # noqa: F403

AUTHSERVICE = {
    "URL": os.environ["TESTED_URL"],
    "ISSUER": "https://auth.example.com",
    "CLIENT_ID": "svc_a",
    "CLIENT_SECRET": "a secret",
    "MIRROR": os.environ["TESTED_MIRROR"],
}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["TESTED_DATABASE"]}}
