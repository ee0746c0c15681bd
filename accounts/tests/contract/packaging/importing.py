"""Run where nothing but the connector is installed: imports every module of it and migrates; prints how many there are.

The names of modules that need more are given as arguments: these have to be missing something.
"""

import importlib
import pkgutil
import sys

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "authservice_connector"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    AUTHSERVICE={"URL": "http://localhost:8000"},
)
django.setup()

import authservice_connector  # noqa: E402 - it wants the settings

wanting = set(sys.argv[1:])
found = pkgutil.walk_packages(authservice_connector.__path__, "authservice_connector.", onerror=str)
names = [each.name for each in found]
for name in names:
    if not any(name.startswith(each) for each in wanting):
        importlib.import_module(name)
for name in wanting:
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    sys.exit(f"{name} needs nothing more")
call_command("migrate", verbosity=0)
call_command("makemigrations", "--check", verbosity=0)
sys.stdout.write(f"{len(names)}\n")
