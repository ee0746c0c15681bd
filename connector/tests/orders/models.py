"""What a service keeps about its users: by foreign key, many-to-many and generically."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

User: Any = get_user_model()


class Customer(User):  # type: ignore[misc]
    """The service's user, looked at in another way."""

    class Meta:
        proxy = True


class Member(User):  # type: ignore[misc]
    """The service's user with a table of more."""

    row = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, parent_link=True, primary_key=True)
    number = models.IntegerField(default=0)


class Order(models.Model):
    """Refers without a way back."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    watchers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")


class Remark(models.Model):
    """About anything that has a key."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.CharField(max_length=64)
    about = GenericForeignKey()


class Counted(models.Model):
    """About anything that has a number."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveIntegerField()
    about = GenericForeignKey()
