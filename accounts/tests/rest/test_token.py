"""`POST /auth/token`: a service client's secret for an access token of its own."""

from base64 import b64encode

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponseBase
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import ClientSecret
from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret
from accounts.tests.support import memory, service_clients
from accounts.tests.support.factories import Bearer, Tokens
from accounts.tests.support.forging import claims_of, header_of
from accounts.tests.support.oauth import assert_oauth_refused, basic, basic_of, in_body, post_form, raw_basic
from accounts.tests.support.refusals import assert_refused, body_of

pytestmark = pytest.mark.django_db

PATH = "/auth/token"
GRANT = {"grant_type": "client_credentials"}
BASIC = 'Basic realm="authservice"'


@pytest.fixture
def made(db: None) -> NewSecret:
    return service_clients.make("users:read", "orders:ship")


def ask(client: APIClient, form: dict[str, str], authorization: str = "") -> HttpResponseBase:
    return post_form(client, PATH, GRANT | form, authorization)


def assert_given(answer: HttpResponseBase, scope: str) -> str:
    """RFC 6749 section 5.1; the token."""
    body = body_of(answer)
    assert answer.status_code == 200, body
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    token = str(body.pop("access_token"))
    assert body == {"token_type": "Bearer", "expires_in": 300, "scope": scope}
    return token


def assert_unknown(answer: HttpResponseBase) -> dict[str, str]:
    body = assert_oauth_refused(answer, 401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == BASIC
    return body


def test_a_client_gets_a_token_by_basic_credentials_or_by_those_in_the_body(api: APIClient, made: NewSecret) -> None:
    answers = [
        ask(api, {}, basic_of(made)),
        ask(api, in_body(made)),
        api.post(PATH, GRANT | in_body(made)),
        api.post(PATH, GRANT, HTTP_AUTHORIZATION=basic_of(made)),
    ]
    for answer in answers:
        token = assert_given(answer, "orders:ship users:read")
        claims = claims_of(token)
        assert header_of(token)["typ"] == "at+jwt"
        assert claims["sub"] == claims["client_id"] == made.client.pk
        assert (claims["sid"], claims["scope"]) == (str(made.client.epoch), "orders:ship users:read")
        assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("users:read", "users:read"),
        ("users:read orders:ship", "orders:ship users:read"),
        ("users:read users:read", "users:read"),
        ("", "orders:ship users:read"),
    ],
)
def test_the_scope_is_what_was_asked_for_or_all_that_there_is(
    api: APIClient, made: NewSecret, scope: str, granted: str
) -> None:
    token = assert_given(ask(api, {"scope": scope}, basic_of(made)), granted)
    assert claims_of(token)["scope"] == granted


@pytest.mark.parametrize("scope", ["users:admin", "users:read users:admin", "USERS:READ", "users", "*", "users:read,"])
def test_a_scope_that_the_client_does_not_have_is_refused(api: APIClient, made: NewSecret, scope: str) -> None:
    body = assert_oauth_refused(ask(api, {"scope": scope}, basic_of(made)), 400, "invalid_scope")
    assert body["error_uri"] == "http://localhost:8000/problems/invalid_scope"


def test_a_client_without_scopes_gets_a_token_that_names_none(api: APIClient) -> None:
    body = body_of(ask(api, in_body(service_clients.make())))
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert "scope" not in claims_of(body["access_token"])


def test_the_token_speaks_for_the_client_and_for_no_person(api: APIClient, made: NewSecret, bearer: Bearer) -> None:
    token = assert_given(ask(api, in_body(made)), "orders:ship users:read")
    told = body_of(api.post("/auth/verify", {"token": token}))
    assert (told["sub"], told["user"], told["scope"]) == (made.client.pk, None, "orders:ship users:read")
    for method, path in (("get", "/auth/user"), ("get", "/auth/sessions"), ("post", "/auth/logout")):
        assert_refused(getattr(bearer(token), method)(path), 403, "permission_denied")


def test_both_of_two_secrets_are_taken_and_a_revoked_one_is_not(api: APIClient, made: NewSecret) -> None:
    second = clients.add_secret(made.client.pk, actor=System("test"), origin=Origin())
    for each in (made, second):
        assert_given(ask(api, in_body(each)), "orders:ship users:read")
    ClientSecret.objects.filter(pk=made.row.pk).revoke()
    assert_unknown(ask(api, in_body(made)))
    assert_given(ask(api, in_body(second)), "orders:ship users:read")


def test_wrong_and_unknown_are_refused_alike(api: APIClient, made: NewSecret) -> None:
    stranger, other = "svc_" + "a" * 24, service_clients.make()
    pairs = [(made.client.pk, "wrong"), (made.client.pk, ""), (made.client.pk, other.secret), (stranger, made.secret)]
    pairs += [("", made.secret), ("authservice", made.secret), (made.client.pk.upper(), made.secret)]
    pairs += [(made.client.pk, f"{made.secret} "), (made.client.pk, made.secret[:-1]), ("svc_\0", "\0")]
    bodies = [assert_unknown(ask(api, {}, basic(*pair))) for pair in pairs]
    assert len({str(body) for body in bodies}) == 1
    assert bodies[0]["error_uri"] == "http://localhost:8000/problems/invalid_client"


def test_only_who_has_its_secret_learns_that_a_client_is_disabled(api: APIClient, made: NewSecret) -> None:
    service_clients.disable(made.client)
    told, untold = assert_unknown(ask(api, in_body(made))), assert_unknown(ask(api, {}, basic(made.client.pk, "wrong")))
    assert "disabled" in told["error_description"]
    assert "disabled" not in untold["error_description"]


@pytest.mark.parametrize("form", [{}, {"client_id": "svc_a"}, {"client_secret": "b"}, {"client_id": "", "scope": "a"}])
def test_without_credentials_there_is_no_token(api: APIClient, form: dict[str, str]) -> None:
    assert "HTTP Basic" in assert_unknown(ask(api, form))["error_description"]


def test_credentials_are_sent_in_one_way(api: APIClient, made: NewSecret) -> None:
    right, other = basic_of(made), service_clients.make()
    for form in (in_body(made), {"client_secret": made.secret}, in_body(other), {"client_secret": "wrong"}):
        assert_oauth_refused(ask(api, form, right), 400, "invalid_request")
    assert_oauth_refused(ask(api, {"client_id": other.client.pk}, right), 400, "invalid_request")
    assert_given(ask(api, {"client_id": made.client.pk}, right), "orders:ship users:read")


def test_basic_credentials_are_percent_encoded_or_as_they_are(api: APIClient, made: NewSecret) -> None:
    """RFC 6749 section 2.3.1; some libraries encode every sign but letters and digits, others none."""
    every_sign = ":".join("".join(f"%{ord(sign):02X}" for sign in text) for text in (made.client.pk, made.secret))
    for text in (f"{made.client.pk}:{made.secret}", every_sign, every_sign.lower()):
        assert_given(ask(api, {}, raw_basic(text)), "orders:ship users:read")
    assert_given(ask(api, {}, basic_of(made).replace("Basic", "bAsIc ")), "orders:ship users:read")


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic  ", "Basic a", "Basic YTpi!", "Basic Y Tpi", "Basic YQ==", "Basic YTo", "YTpi", "Digest YTpi",
     "Basic YTpi, Basic YTpi", "Bearer", "Basic é", "Basic " + b64encode(b"\xff:\xff").decode(), raw_basic("%ff:%ff"),
     raw_basic("%00:%00"), "Basic " + "Y" * 8000, raw_basic("a" * 6000 + ":b")],
)  # fmt: skip
def test_malformed_basic_credentials_are_no_fault_of_ours(api: APIClient, header: str) -> None:
    assert_unknown(ask(api, {}, header))


def test_right_credentials_in_a_wrong_form_are_none(api: APIClient, made: NewSecret) -> None:
    right = basic_of(made).removeprefix("Basic ")
    for header in (
        f"Digest {right}",
        f"Bearer {right}",
        f"Basics {right}",
        f"Basic !{right}",
        f"Basic {right},",
        right,
    ):
        assert_unknown(ask(api, {}, header))


@given(header=st.text(st.characters(max_codepoint=255), max_size=60), in_base64=st.booleans())
@hypothesis_settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_no_header_breaks_anything(api: APIClient, header: str, in_base64: bool) -> None:
    assert ask(api, {}, raw_basic(header) if in_base64 else header).status_code in {400, 401}


def test_another_token_proves_no_client(api: APIClient, made: NewSecret, tokens: Tokens) -> None:
    for token in (service_clients.token_of(made), tokens.access):
        assert_unknown(ask(api, {}, f"Bearer {token}"))


@pytest.mark.parametrize(
    "grant_type", ["password", "refresh_token", "authorization_code", "Client_Credentials", "urn:x", "👩"]
)
def test_there_is_one_grant(api: APIClient, made: NewSecret, grant_type: str) -> None:
    answer = post_form(api, PATH, in_body(made) | {"grant_type": grant_type})
    assert_oauth_refused(answer, 400, "unsupported_grant_type")


@pytest.mark.parametrize("form", [{}, {"grant_type": ""}])
def test_the_grant_has_to_be_named(api: APIClient, made: NewSecret, form: dict[str, str]) -> None:
    body = assert_oauth_refused(post_form(api, PATH, in_body(made) | form), 400, "invalid_request")
    assert body["error_description"].startswith("grant_type: ")


def test_without_the_database_it_can_not_be_told(api: APIClient, made: NewSecret) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("the host is db.internal")

    with connection.execute_wrapper(fail):
        answer = ask(api, in_body(made))
    body = assert_oauth_refused(answer, 503, "temporarily_unavailable")
    assert "db.internal" not in str(body)


def test_unreadable_keys_are_no_fault_of_the_clients(api: APIClient, made: NewSecret, settings: Settings) -> None:
    """The digest of a secret is made with SECRET_KEY, too, so that it has to stay among the fallbacks."""
    ask(api, in_body(made))
    settings.AUTH_KEY_ENCRYPTION_KEYS = ["another" * 10]
    memory.forget()
    body = assert_oauth_refused(ask(api, in_body(made)), 503, "temporarily_unavailable")
    assert body["error_uri"] == "http://localhost:8000/problems/keys_unreadable"
