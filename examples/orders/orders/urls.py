"""The service's routes."""

from django.urls import path

from orders import views

urlpatterns = [
    path("orders", views.Orders.as_view()),
    path("orders/count", views.Count.as_view()),
    path("healthz", views.healthz),
]
