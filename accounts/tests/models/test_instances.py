"""Instances made of rows behave as Django's own."""

from uuid import uuid4

from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from accounts.models.instances import Maker


def test_an_attribute_that_is_more_than_its_column_is_set_as_one_sets_it() -> None:
    user = Maker(User, ["id", "phone_number"]).make([uuid4(), "+4930123456"], database="default")
    assert isinstance(user.phone_number, PhoneNumber)


def test_what_was_not_read_is_deferred_and_nothing_counts_as_assigned() -> None:
    user = Maker(User, ["id", "is_active"]).make([uuid4(), True], database="default")
    assert "email" in user.get_deferred_fields()
    assert not user._assigned
