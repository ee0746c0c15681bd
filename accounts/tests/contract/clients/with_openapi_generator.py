"""Signs in and out through what openapi-generator made; its arguments are URL, EMAIL, PASSWORD and, of a service
client, CLIENT_ID and CLIENT_SECRET."""

import json
import sys
from collections.abc import Callable

from openapi_generator_made import (
    AccountApi,
    ApiClient,
    ApiException,
    Configuration,
    ForOtherServicesApi,
    IntrospectionJsonRequest,
    LoginRequest,
    OAuthError,
    Problem,
    RefreshRequest,
    RegisterRequest,
    RevocationJsonRequest,
    SigningInApi,
    TokenJsonRequest,
    VerifyRequest,
)


def main(url: str, email: str, password: str, client_id: str, secret: str) -> dict[str, object]:
    seen: dict[str, object] = {}
    anyone = SigningInApi(ApiClient(Configuration(host=url)))
    seen["registered"] = anyone.register(RegisterRequest(email=email, password=password, first_name="Ada")).email
    signed_in = anyone.login(LoginRequest(email=email, password=password))
    seen["type"] = signed_in.token_type
    verified = anyone.verify(VerifyRequest(token=signed_in.access)).user
    seen["verified"] = verified and verified.email
    tokens = anyone.refresh(RefreshRequest(refresh=signed_in.refresh))
    seen["is_another_refresh"] = tokens.refresh != signed_in.refresh
    caller = ApiClient(Configuration(host=url, access_token=tokens.access))
    seen["user"] = AccountApi(caller).get_user().to_dict()["first_name"]
    seen["service"] = as_service(url, client_id, secret, tokens.access)
    seen["logged_out"] = SigningInApi(caller).logout_with_http_info().status_code
    seen["after"] = refused(AccountApi(caller).get_user)
    seen["wrong_password"] = refused(lambda: anyone.login(LoginRequest(email=email, password="wrong")))
    return seen


def as_service(url: str, client_id: str, secret: str, access: str) -> list[object]:
    client = ForOtherServicesApi(ApiClient(Configuration(host=url, username=client_id, password=secret)))
    token = client.get_client_token(TokenJsonRequest(grant_type="client_credentials"))
    caller = ForOtherServicesApi(ApiClient(Configuration(host=url, access_token=token.access_token)))
    told = caller.introspect(IntrospectionJsonRequest(token=access))
    other = client.introspect(IntrospectionJsonRequest(token="a.b.c"))
    try:
        caller.revoke(RevocationJsonRequest(token=token.access_token))
    except ApiException as exc:
        if not isinstance(exc.data, OAuthError):
            raise
        return [token.scope, told.active, told.username, other.to_dict(), exc.data.error]
    raise AssertionError("not refused")


def refused(call: Callable[[], object]) -> list[object]:
    try:
        answer = call()
    except ApiException as exc:
        if not isinstance(exc.data, Problem):
            raise
        return [exc.data.status, exc.data.code]
    raise AssertionError(f"not refused: {answer}")


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
