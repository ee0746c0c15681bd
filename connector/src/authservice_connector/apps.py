"""Registers the connector with Django."""

from django.apps import AppConfig
from django.core import checks

from authservice_connector.checks import check_settings, check_user_model


class AuthServiceConnectorConfig(AppConfig):
    name = "authservice_connector"
    verbose_name = "Auth service"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(check_settings, checks.Tags.security)
        checks.register(check_user_model, checks.Tags.models)
