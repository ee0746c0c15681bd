"""Orders as they go over the wire."""

from rest_framework import serializers

from orders.models import Order


class OrderSerializer(serializers.ModelSerializer[Order]):
    class Meta:
        model = Order
        fields = ("id", "article", "quantity", "placed_at")
