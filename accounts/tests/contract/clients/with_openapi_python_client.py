"""Signs in and out through what openapi-python-client made; its arguments are URL, EMAIL and PASSWORD."""

import json
import sys
from typing import TypeVar

from openapi_python_client_made import AuthenticatedClient, Client
from openapi_python_client_made.api.account import get_user
from openapi_python_client_made.api.signing_in import login, logout, refresh, register, verify
from openapi_python_client_made.models import (
    LoginRequest,
    LoginResponse,
    Problem,
    RefreshRequest,
    RegisterRequest,
    TokenResponse,
    UserResponse,
    VerifyRequest,
    VerifyResponse,
)

Answer = TypeVar("Answer")


def main(url: str, email: str, password: str) -> dict[str, object]:
    seen: dict[str, object] = {}
    anyone = Client(base_url=url, raise_on_unexpected_status=True)
    body = RegisterRequest(email=email, password=password, first_name="Ada")
    seen["registered"] = of(UserResponse, register.sync(client=anyone, body=body)).email
    signed_in = of(LoginResponse, login.sync(client=anyone, body=LoginRequest(email=email, password=password)))
    seen["type"] = signed_in.token_type
    verified = of(VerifyResponse, verify.sync(client=anyone, body=VerifyRequest(token=signed_in.access)))
    seen["verified"] = of(UserResponse, verified.user).email
    tokens = of(TokenResponse, refresh.sync(client=anyone, body=RefreshRequest(refresh=signed_in.refresh)))
    seen["is_another_refresh"] = tokens.refresh != signed_in.refresh
    caller = AuthenticatedClient(base_url=url, token=tokens.access, raise_on_unexpected_status=True)
    seen["user"] = of(UserResponse, get_user.sync(client=caller)).to_dict()["first_name"]
    seen["logged_out"] = logout.sync_detailed(client=caller).status_code.value
    refused = of(Problem, get_user.sync(client=caller))
    seen["after"] = [refused.status, refused.code]
    refused = of(Problem, login.sync(client=anyone, body=LoginRequest(email=email, password="wrong")))
    seen["wrong_password"] = [refused.status, refused.code]
    return seen


def of(expected: type[Answer], answer: object) -> Answer:
    assert isinstance(answer, expected), answer
    return answer


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
