"""A remote service's settings, with the connector and with simplejwt, so that both meet the same project."""

import os
from datetime import timedelta

import environ

SECRET_KEY = "of nothing"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "authservice_connector",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.remote.views"
DATABASES = {"default": environ.Env.db_url_config(os.environ["REMOTE_DATABASE_URL"]) | {"CONN_MAX_AGE": None}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
AUTHSERVICE = {
    "URL": os.environ["REMOTE_AUTHSERVICE_URL"],
    "ISSUER": os.environ["AUTH_ISSUER"],
    "CLIENT_ID": os.environ["REMOTE_CLIENT_ID"],
    "CLIENT_SECRET": os.environ["REMOTE_CLIENT_SECRET"],
}
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),  # longer than the longest run
    "ALGORITHM": "ES256",
    "SIGNING_KEY": os.environ["REMOTE_SIGNING_KEY"],
    "VERIFYING_KEY": os.environ["REMOTE_VERIFYING_KEY"],
}
