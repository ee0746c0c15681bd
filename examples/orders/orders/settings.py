"""Django's settings of this service, from the environment; it starts without any."""

from pathlib import Path

import environ
from django.core.management.utils import get_random_secret_key

env = environ.Env()

VAR = Path(env("ORDERS_VAR", default=str(Path(__file__).resolve().parent.parent / "var")))
VAR.mkdir(parents=True, exist_ok=True)

# What makes people of the auth service users of this one.
AUTHSERVICE = {
    "URL": env("AUTHSERVICE_URL", default="http://localhost:8000"),
    "ISSUER": env("AUTHSERVICE_ISSUER", default=""),
    "CLIENT_ID": env("AUTHSERVICE_CLIENT_ID", default=""),
    "CLIENT_SECRET": env("AUTHSERVICE_CLIENT_SECRET", default=""),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["authservice_connector.rest_framework.AuthServiceAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "authservice_connector",
    "orders",
]

SECRET_KEY = env("SECRET_KEY", default=get_random_secret_key())  # nothing that lasts is signed with it here
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR / 'orders.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "orders.urls"
TIME_ZONE = "UTC"
USE_TZ = True
