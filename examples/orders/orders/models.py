"""What people have ordered."""

from django.conf import settings
from django.db import models


class Order(models.Model):
    """The owner is an ordinary local user; the connector makes the row when somebody first calls."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders")
    article = models.CharField(max_length=100)
    quantity = models.PositiveSmallIntegerField(default=1)
    placed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.article}"
