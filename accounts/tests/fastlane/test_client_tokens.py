"""`POST /auth/token` on both ways. Two tokens are never the same, so of the lane's it is asked what it says."""

import json
from base64 import b64encode
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from accounts.fastlane.plain import Environ
from accounts.models import ClientSecret, ServiceClient
from accounts.services.clients.clients import NewSecret
from accounts.tests.fastlane.ways import REQUEST_ID, Said, Ways, differences, hits, request
from accounts.tests.support import service_clients
from accounts.tests.support.forging import claims_of

FORM: Final = "application/x-www-form-urlencoded"
EACH_ITS_OWN: Final = {"jti", "iat", "nbf", "exp"}


@pytest.fixture
def made(transactional_db: None) -> NewSecret:
    return service_clients.make("orders:read", "users:read")


@pytest.fixture
def warm(ways: Ways, made: NewSecret) -> Ways:
    ways.by_lane(ask(made))
    assert ways.is_hit(ask(made))
    return ways


def ask(made: NewSecret, **parameters: str) -> Environ:
    own = {"grant_type": "client_credentials", "client_id": made.client.pk, "client_secret": made.secret}
    return send(urlencode({name: value for name, value in (own | parameters).items() if value != "-"}).encode())


def send(body: bytes, **changes: Any) -> Environ:
    return request("POST", "/auth/token", body, **({"CONTENT_TYPE": FORM} | changes))


def basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def said_of(said: Said) -> tuple[Any, ...]:
    """What the two ways have to agree about."""
    body = json.loads(said.body)
    claims = {name: value for name, value in claims_of(body.pop("access_token")).items() if name not in EACH_ITS_OWN}
    headers = [(name, value) for name, value in said.headers if name != "Content-Length"]
    return said.status, headers, list(body.items()), claims, said.request_id


def test_a_client_gets_the_same_answer(warm: Ways, made: NewSecret) -> None:
    by_header = {"client_id": "-", "client_secret": "-"}
    environs = {
        "all scopes": ask(made),
        "one scope": ask(made, scope="users:read"),
        "an empty scope": ask(made, scope=""),
        "an unknown parameter": ask(made, audience="x"),
        "by the header": ask(made, **by_header) | {"HTTP_AUTHORIZATION": basic(made.client.pk, made.secret)},
        "by both, once": ask(made, client_secret="-") | {"HTTP_AUTHORIZATION": basic(made.client.pk, made.secret)},
    }
    for name, environ in environs.items():
        assert said_of(warm.by_lane(environ)) == said_of(warm.by_django(environ)), name
    assert hits(warm, environs) == set(environs)


def test_a_client_without_scopes_gets_a_token_that_names_none(ways: Ways, transactional_db: None) -> None:
    made = service_clients.make()
    ways.by_lane(ask(made))
    assert said_of(ways.by_lane(ask(made))) == said_of(ways.by_django(ask(made)))
    assert b"scope" not in ways.by_lane(ask(made)).body
    assert ways.is_hit(ask(made))


def test_whatever_is_refused_is_djangos_to_refuse(warm: Ways, made: NewSecret) -> None:
    own, secret = made.client.pk, made.secret
    environs = {
        "another secret": ask(made, client_secret=secret[:-1] + "x"),
        "no secret": ask(made, client_secret="-"),
        "no client": ask(made, client_id="svc_" + "a" * 24),
        "no id": ask(made, client_id="x\x00"),
        "a scope that it does not have": ask(made, scope="users:admin"),
        "another grant": ask(made, grant_type="password"),
        "no grant": ask(made, grant_type="-"),
        "both ways": ask(made) | {"HTTP_AUTHORIZATION": basic(own, secret)},
        "another id in the body": ask(made, client_secret="-", client_id="svc_x")
        | {"HTTP_AUTHORIZATION": basic(own, secret)},
        "another scheme": ask(made) | {"HTTP_AUTHORIZATION": "Bearer x"},
        "no base64": ask(made) | {"HTTP_AUTHORIZATION": "Basic ä"},
        "a parameter twice": send(urlencode([("grant_type", "x"), ("grant_type", "x")]).encode()),
        "no UTF-8": send(b"grant_type=%ff"),
        "an empty form": send(b"x"),
        "control characters": ask(made, scope="a\x01b"),
    }
    assert differences(warm, environs) == {}
    assert hits(warm, environs) == set()


def test_what_is_remarkable_is_djangos_to_answer(warm: Ways, made: NewSecret) -> None:
    plain = ask(made)
    body = json.dumps({"grant_type": "client_credentials", "client_id": made.client.pk, "client_secret": made.secret})
    environs = {
        "JSON": send(body.encode(), CONTENT_TYPE="application/json"),
        "a query": plain | {"QUERY_STRING": "x=1"},
        "an origin": plain | {"HTTP_ORIGIN": "https://app.example.com"},
        "a cookie": plain | {"HTTP_COOKIE": "x=1"},
        "another host": plain | {"HTTP_HOST": "evil.example"},
        "HTML accepted": plain | {"HTTP_ACCEPT": "text/html"},
        "GET": plain | {"REQUEST_METHOD": "GET"},
        "a slash": plain | {"PATH_INFO": "/auth/token/"},
        "a body that ends early": plain | {"CONTENT_LENGTH": "4000"},
        "a very long body": send(plain["wsgi.input"] + b"&x=" + b"x" * 9000),
    }
    assert hits(warm, environs) == set()
    refused = {name: each for name, each in environs.items() if not warm.by_django(each).status.startswith("200")}
    assert differences(warm, refused) == {}
    for name in environs.keys() - refused.keys():
        assert said_of(warm.by_lane(environs[name])) == said_of(warm.by_django(environs[name])), name


def test_who_may_come_in_no_more_gets_none(warm: Ways, made: NewSecret) -> None:
    ClientSecret.objects.filter(pk=made.row.pk).revoke()
    assert not warm.is_hit(ask(made))
    assert warm.by_lane(ask(made)).status.startswith("401")
    ClientSecret.objects.update(revoked_at=None)
    ServiceClient.objects.update(is_active=False)
    assert not warm.is_hit(ask(made))


def test_each_token_and_each_refusal_is_told_once_under_its_request(warm: Ways, made: NewSecret) -> None:
    with capture_logs() as lines:
        warm.by_lane(ask(made))
    assert [(line["event"], line["outcome"]) for line in lines] == [("client.sign_in", "success")]
    with capture_logs() as lines:
        warm.by_lane(ask(made, client_secret="wrong"))
    told = [line["outcome"] for line in lines if line["event"] == "client.sign_in"]
    assert told == ["failure"]


def test_a_request_without_an_id_is_told_under_the_one_that_is_answered(
    warm: Ways, made: NewSecret, caplog: pytest.LogCaptureFixture
) -> None:
    said = warm.by_lane(ask(made) | {"HTTP_X_REQUEST_ID": "no sane one"})
    (line,) = [record.msg for record in caplog.records if "client.sign_in" in str(record.msg)][-1:]
    assert said.request_id != REQUEST_ID
    assert line["request_id"] == said.request_id  # type: ignore[index]  # structlog's own form of a line


def test_a_use_is_noted(ways: Ways, made: NewSecret) -> None:
    ways.by_django(ask(made))
    ClientSecret.objects.update(last_used_at=None)
    ways.by_lane(ask(made))
    ClientSecret.objects.update(last_used_at=None)
    assert ways.is_hit(ask(made))
    assert ClientSecret.objects.get().last_used_at is not None
