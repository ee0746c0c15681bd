"""What refers to a row is found, whichever way it does."""

from typing import Any

import pytest
from authservice_connector import references
from authservice_connector.models import RemoteUser
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType

from tests.issuing import ISSUER
from tests.orders.models import Order, Remark

pytestmark = pytest.mark.django_db

User: Any = get_user_model()


@pytest.fixture
def users() -> tuple[Any, Any]:
    made = []
    for name in ("ada@example.com", "eve@example.com"):
        user = User(email=name)
        setattr(user, User.USERNAME_FIELD, name)
        user.save()
        made.append(user)
    return made[0], made[1]


def test_a_row_that_nothing_refers_to(users: tuple[Any, Any]) -> None:
    Order.objects.create(owner=users[1])
    assert references.count(users[0]) == {}


def test_foreign_keys_and_tables_of_many_to_many_are_counted(users: tuple[Any, Any]) -> None:
    for _ in range(2):
        order = Order.objects.create(owner=users[0])
    order.watchers.add(*users)
    assert references.count(users[0]) == {"orders.Order": 2, "orders.Order_watchers": 1}


def test_generic_keys_are_counted_of_its_own_type(users: tuple[Any, Any]) -> None:
    Remark.objects.create(about=users[0])
    Remark.objects.create(content_type=ContentType.objects.get_for_model(Order), object_id=users[0].pk)
    assert references.count(users[0]) == {"orders.Remark": 1}


def test_what_is_expected_to_refer_is_left_out(users: tuple[Any, Any]) -> None:
    RemoteUser.objects.create(user=users[0], issuer=ISSUER, subject="a")
    assert references.count(users[0]) == {"authservice_connector.RemoteUser": 1}
    assert references.count(users[0], but=(RemoteUser,)) == {}
