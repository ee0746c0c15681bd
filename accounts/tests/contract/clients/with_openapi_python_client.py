"""Signs in and out through what openapi-python-client made; its arguments are URL, EMAIL, PASSWORD and, of a
service client, CLIENT_ID and CLIENT_SECRET."""

import json
import sys
from base64 import b64encode
from typing import TypeVar

from openapi_python_client_made import AuthenticatedClient, Client
from openapi_python_client_made.api.account import get_user
from openapi_python_client_made.api.for_other_services import get_client_token, introspect, revoke
from openapi_python_client_made.api.signing_in import login, logout, refresh, register, verify
from openapi_python_client_made.models import (
    ClientTokenResponse,
    IntrospectionFormRequest,
    IntrospectionJsonRequest,
    IntrospectionResponse,
    LoginRequest,
    LoginResponse,
    OAuthError,
    Problem,
    RefreshRequest,
    RegisterRequest,
    RevocationFormRequest,
    TokenFormRequest,
    TokenResponse,
    UserResponse,
    VerifyRequest,
    VerifyResponse,
)

Answer = TypeVar("Answer")


def main(url: str, email: str, password: str, client_id: str, secret: str) -> dict[str, object]:
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
    seen["service"] = as_service(url, b64encode(f"{client_id}:{secret}".encode()).decode(), tokens.access)
    seen["logged_out"] = logout.sync_detailed(client=caller).status_code.value
    refused = of(Problem, get_user.sync(client=caller))
    seen["after"] = [refused.status, refused.code]
    refused = of(Problem, login.sync(client=anyone, body=LoginRequest(email=email, password="wrong")))
    seen["wrong_password"] = [refused.status, refused.code]
    return seen


def as_service(url: str, credentials: str, access: str) -> list[object]:
    client = AuthenticatedClient(base_url=url, token=credentials, prefix="Basic", raise_on_unexpected_status=True)
    body = TokenFormRequest(grant_type="client_credentials")
    token = of(ClientTokenResponse, get_client_token.sync(client=client, body=body))
    caller = AuthenticatedClient(base_url=url, token=token.access_token, raise_on_unexpected_status=True)
    told = of(IntrospectionResponse, introspect.sync(client=caller, body=IntrospectionJsonRequest(token=access)))
    other = of(IntrospectionResponse, introspect.sync(client=client, body=IntrospectionFormRequest(token="a.b.c")))
    own = RevocationFormRequest(token=token.access_token)
    return [
        token.scope,
        told.active,
        told.username,
        other.to_dict(),
        of(OAuthError, revoke.sync(client=caller, body=own)).error,
    ]


def of(expected: type[Answer], answer: object) -> Answer:
    assert isinstance(answer, expected), answer
    return answer


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
