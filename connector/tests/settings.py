"""A remote service in miniature, on whatever user model and database the environment names."""

import os

SECRET_KEY = "of a test"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "tests.people",
    "tests.orders",
    "authservice_connector",
]
AUTH_USER_MODEL = os.environ.get("TESTED_USER_MODEL", "auth.User")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHSERVICE = {"URL": "http://127.0.0.1:1", "ISSUER": "https://auth.example.com", "AUDIENCE": "fleet"}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["authservice_connector.rest_framework.AuthServiceAuthentication"],
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1 asks for it
