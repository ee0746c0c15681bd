"""Looking people up while they leave."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Deletion, User
from accounts.principals import WORKER
from accounts.services import user_lookup

pytestmark = pytest.mark.django_db


def test_whoever_leaves_while_they_are_looked_up_is_never_unknown(user: User) -> None:
    """Their deletion is committed between the reads."""
    reads = 0

    def leave_after_the_first_read(execute: Any, *args: Any) -> Any:
        nonlocal reads
        reads += 1
        result = execute(*args)
        if reads == 1:
            User.objects.filter(pk=user.pk).update(deletion_requested_at=timezone.now())
            Deletion.objects.create(user_id=user.pk, notice_id=uuid4())
        return result

    with connection.execute_wrapper(leave_after_the_first_read):
        found = user_lookup.look_up([user.pk], actor=WORKER)
    assert Deletion.objects.exists()
    assert not found.unknown
    assert user_lookup.look_up([user.pk], actor=WORKER).deleted == [user.pk]
