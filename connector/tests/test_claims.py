"""What a token says beside its own: only a user object is one, and what several callers share nobody changes."""

import copy
import pickle
from typing import Any

import pytest
from authservice_connector.claims import of_payload

from tests.issuing import payload


@pytest.mark.parametrize(
    ("user", "told"), [({"id": "a"}, {"id": "a"}), (None, None), ("a", None), (7, None), ([1], None)]
)
def test_a_claim_by_that_name_that_is_no_object_is_no_user(user: Any, told: Any) -> None:
    assert of_payload(payload(user=user)).told_user == told


def test_nobody_changes_what_others_are_told() -> None:
    told = payload(user={"id": "a"})
    claims = of_payload(told)
    unchangeable: list[Any] = [claims.payload, claims.payload["user"], claims.told_user]
    for each in unchangeable:
        with pytest.raises(TypeError):
            each["id"] = "b"
    told["sub"] = "somebody else"
    assert claims.payload["sub"] == claims.subject


@pytest.mark.parametrize("user", [{"id": "a"}, None])
def test_claims_may_be_handed_on_to_another_process(user: Any) -> None:
    claims = of_payload(payload(user=user))
    assert pickle.loads(pickle.dumps(claims)) == copy.deepcopy(claims) == claims
