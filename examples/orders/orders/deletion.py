"""Deletes a person's orders once the auth service says that the person is deleted."""

from typing import Any

from authservice_connector.signals import user_deleted
from django.dispatch import receiver

from orders.models import Order


@receiver(user_deleted)
def delete_orders(sender: object, *, user: Any, **told: object) -> None:
    """In the connector's transaction, which it acknowledges when it is committed."""
    Order.objects.filter(owner=user).delete()
