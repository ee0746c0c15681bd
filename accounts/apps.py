"""Registers the app with Django."""

from django.apps import AppConfig

from accounts import checks


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register()
