"""Registers the app with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # simplejwt, to which the checks lead, imports models; so this waits until the registry is full.
        from accounts import checks  # noqa: PLC0415

        checks.register()
