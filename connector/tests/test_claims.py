"""What a token says beside its own: only a user object is one."""

from typing import Any

import pytest
from authservice_connector.claims import of_payload

from tests.issuing import payload


@pytest.mark.parametrize(
    ("user", "told"), [({"id": "a"}, {"id": "a"}), (None, None), ("a", None), (7, None), ([1], None)]
)
def test_a_claim_by_that_name_that_is_no_object_is_no_user(user: Any, told: Any) -> None:
    assert of_payload(payload(user=user)).told_user == told
