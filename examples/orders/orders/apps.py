"""Registers the service's one app with Django."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from orders import deletion  # noqa: F401, PLC0415 - connects its receiver, now that there are models
