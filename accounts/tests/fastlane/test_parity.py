"""The lane says what Django says, to the byte, of good requests, bad ones and hostile ones."""

from typing import Any, Final

from accounts.tests.fastlane.ways import Ways, differences, hits, request, verify
from accounts.tests.rest.test_forged_access_tokens import FORGERIES
from accounts.tests.support.factories import Tokens

LONG: Final = b'{"token":"%s"}' % (b"A" * 8192)

REMARKABLE: Final[dict[str, dict[str, Any]]] = {
    "GET": {"REQUEST_METHOD": "GET"},
    "HEAD": {"REQUEST_METHOD": "HEAD"},
    "PUT": {"REQUEST_METHOD": "PUT"},
    "OPTIONS": {"REQUEST_METHOD": "OPTIONS"},
    "post": {"REQUEST_METHOD": "post"},
    "a made-up method": {"REQUEST_METHOD": "BREW"},
    "another method that overrides": {"HTTP_X_HTTP_METHOD_OVERRIDE": "GET"},
    "a slash": {"PATH_INFO": "/auth/verify/"},
    "two slashes": {"PATH_INFO": "//auth/verify"},
    "capitals": {"PATH_INFO": "/AUTH/VERIFY"},
    "a path below": {"PATH_INFO": "/auth/verify/x"},
    "a line end": {"PATH_INFO": "/auth/verify\n"},
    "a query": {"QUERY_STRING": "x=1"},
    "a query for a format": {"QUERY_STRING": "format=api"},
    "an origin": {"HTTP_ORIGIN": "https://app.example.com"},
    "another origin": {"HTTP_ORIGIN": "https://evil.example"},
    "an empty origin": {"HTTP_ORIGIN": ""},
    "no origin to speak of": {"HTTP_ORIGIN": "null"},
    "cookies": {"HTTP_COOKIE": "a=b"},
    "no readable cookies": {"HTTP_COOKIE": ""},
    "an expectation": {"HTTP_EXPECT": "100-continue"},
    "a range": {"HTTP_RANGE": "bytes=0-1"},
    "a condition": {"HTTP_IF_NONE_MATCH": "*"},
    "cookie mode": {"HTTP_X_AUTH_TRANSPORT": "cookie"},
    "a CSRF token": {"HTTP_X_CSRF_TOKEN": "x"},
    "another host": {"HTTP_HOST": "evil.example"},
    "a host that ends like ours": {"HTTP_HOST": "evilexample.com"},
    "two hosts": {"HTTP_HOST": "localhost, evil.example"},
    "a host with a path": {"HTTP_HOST": "localhost/evil"},
    "a host with a user": {"HTTP_HOST": "evil@localhost"},
    "a host that is an address": {"HTTP_HOST": "127.0.0.1:8000"},
    "an empty host": {"HTTP_HOST": ""},
    "a host with a bad port": {"HTTP_HOST": "localhost:x"},
    "no host": {"HTTP_HOST": None},
    "HTML accepted": {"HTTP_ACCEPT": "text/html"},
    "HTML rather accepted": {"HTTP_ACCEPT": "text/html, */*;q=0.1"},
    "indented JSON accepted": {"HTTP_ACCEPT": "application/json; indent=4"},
    "nothing accepted": {"HTTP_ACCEPT": ""},
    "JSON of another charset accepted": {"HTTP_ACCEPT": "application/json; charset=utf-16"},
    "problems accepted": {"HTTP_ACCEPT": "application/problem+json"},
    "compressed": {"HTTP_CONTENT_ENCODING": "gzip"},
    "identical": {"HTTP_CONTENT_ENCODING": "identity"},
    "a form": {"CONTENT_TYPE": "application/x-www-form-urlencoded"},
    "parts": {"CONTENT_TYPE": "multipart/form-data; boundary=x"},
    "text": {"CONTENT_TYPE": "text/plain"},
    "no type": {"CONTENT_TYPE": None},
    "an empty type": {"CONTENT_TYPE": ""},
    "JSON in another charset": {"CONTENT_TYPE": "application/json; charset=utf-16"},
    "JSON in capitals": {"CONTENT_TYPE": "Application/JSON"},
    "some other JSON": {"CONTENT_TYPE": "application/json-patch+json"},
    "chunks": {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": None},
    "chunks and a length": {"HTTP_TRANSFER_ENCODING": "chunked"},
    "no length": {"CONTENT_LENGTH": None},
    "an empty length": {"CONTENT_LENGTH": ""},
    "no body": {"CONTENT_LENGTH": "0"},
    "a length cut short": {"CONTENT_LENGTH": "20"},
    "a body cut short": {"CONTENT_LENGTH": "4000"},
    "a negative length": {"CONTENT_LENGTH": "-1"},
    "a length with a sign": {"CONTENT_LENGTH": "+900"},
    "a length with a space": {"CONTENT_LENGTH": " 900"},
    "a length with an underscore": {"CONTENT_LENGTH": "9_00"},
    "a length in other digits": {"CONTENT_LENGTH": "٩٠٠"},
    "a length in small digits": {"CONTENT_LENGTH": "²²²"},
    "a length that is none": {"CONTENT_LENGTH": "many"},
    "a length beyond ours": {"CONTENT_LENGTH": "8193"},
    "a length beyond all": {"CONTENT_LENGTH": "9" * 5000},
    "two lengths": {"CONTENT_LENGTH": "900, 900"},
}
UNREMARKABLE: Final[dict[str, dict[str, Any]]] = {
    "nothing": {},
    "no accept": {"HTTP_ACCEPT": None},
    "JSON accepted": {"HTTP_ACCEPT": "application/json"},
    "axios": {"HTTP_ACCEPT": "application/json, text/plain, */*"},
    "a charset": {"CONTENT_TYPE": "application/json; charset=utf-8"},
    "a charset without space": {"CONTENT_TYPE": "application/json;charset=utf-8"},
    "a host without port": {"HTTP_HOST": "localhost"},
    "a host in capitals": {"HTTP_HOST": "LOCALHOST:8000"},
    "a host with a dot": {"HTTP_HOST": "localhost."},
    "a sub-domain": {"HTTP_HOST": "auth.example.com"},
    "an Authorization header": {"HTTP_AUTHORIZATION": "Bearer x"},
    "another Authorization header": {"HTTP_AUTHORIZATION": "Basic YTpi"},
    "a proxy": {"HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_FORWARDED_PROTO": "https"},
    "a proxy's host": {"HTTP_X_FORWARDED_HOST": "evil.example"},
    "a language": {"HTTP_ACCEPT_LANGUAGE": "de"},
    "an encoding": {"HTTP_ACCEPT_ENCODING": "gzip"},
    "https": {"wsgi.url_scheme": "https"},
    "HTTP 1.0": {"SERVER_PROTOCOL": "HTTP/1.0"},
    "a prefix": {"SCRIPT_NAME": "/x"},
}
BODIES: Final[dict[str, bytes]] = {
    "empty": b"",
    "spaces": b"   ",
    "empty object": b"{}",
    "null": b"null",
    "list": b'["%s"]',
    "text": b'"%s"',
    "bare": b"%s",
    "another member": b'{"access":"%s"}',
    "one member more": b'{"token":"%s","x":"y"}',
    "one member before": b'{"x":"y","token":"%s"}',
    "the member twice": b'{"token":"x","token":"%s"}',
    "the member twice, good first": b'{"token":"%s","token":"x"}',
    "capitals": b'{"Token":"%s"}',
    "a list of it": b'{"token":["%s"]}',
    "padded": b'{"token":"%s="}',
    "spaced": b'{"token":" %s"}',
    "spaced behind": b'{"token":"%s "}',
    "a line end": b'{"token":"%s\n"}',
    "an escaped line end": b'{"token":"%s\\n"}',
    "an escaped end": b'{"token":"%s\\"}',
    "a NUL": b'{"token":"%s\\u0000"}',
    "beyond ASCII": b'{"token":"%s\xc3\xa9"}',
    "no UTF-8": b'{"token":"%s\xff"}',
    "two objects": b'{"token":"%s"}{"token":"x"}',
    "a comment": b'{"token":"%s"}//"}',
    "cut": b'{"token":"%s"',
    "a comma": b'{"token":"%s",}',
    "a mark": b'\xef\xbb\xbf{"token":"%s"}',
    "quotes of another kind": b"{'token':'%s'}",
    "prefixed": b'{"token":"Bearer %s"}',
}
SPACED_BODIES: Final[dict[str, bytes]] = {
    "spaces around": b' { "token" : "%s" } ',
    "lines": b'{\n  "token": "%s"\n}\n',
    "a space before the end": b'{"token": "%s" }',
    "an escaped name": b'{"\\u0074oken":"%s"}',
}


def test_what_is_remarkable_is_djangos_to_answer(warm: Ways, tokens: Tokens) -> None:
    environs = {name: verify(tokens.access, **changes) for name, changes in REMARKABLE.items()}
    assert differences(warm, environs) == {}
    assert hits(warm, environs) == set()
    assert warm.handed_on == 1 + 2 * len(environs)


def test_what_is_not_gets_the_same_answer_from_the_lane(warm: Ways, tokens: Tokens) -> None:
    environs = {name: verify(tokens.access, **changes) for name, changes in UNREMARKABLE.items()}
    assert differences(warm, environs) == {}
    assert hits(warm, environs) == set(environs)
    assert warm.by_lane(environs["nothing"]).status == "200 OK"


def test_forged_tokens_get_the_same_refusal(warm: Ways, tokens: Tokens) -> None:
    environs = {name: verify(forge(tokens.access)) for name, forge in FORGERIES.items()}
    environs |= {"a refresh token": verify(tokens.refresh), "none": verify("")}
    assert differences(warm, environs) == {}
    assert hits(warm, environs) == set()


def test_bodies_of_other_forms_get_the_same_answer(warm: Ways, tokens: Tokens) -> None:
    bodies = {name: body.replace(b"%s", tokens.access.encode()) for name, body in (BODIES | SPACED_BODIES).items()}
    bodies |= {"long": LONG, "longer": LONG + b" "}
    environs = {
        name: request("POST", "/auth/verify", CONTENT_TYPE="application/json", CONTENT_LENGTH=str(len(body)))
        | {"wsgi.input": body}
        for name, body in bodies.items()
    }
    assert differences(warm, environs) == {}
    assert hits(warm, environs) == set()
    assert {name for name, each in environs.items() if warm.by_django(each).status == "200 OK"} == set(SPACED_BODIES)


def test_ids_are_kept_or_made_by_the_same_rule(warm: Ways, tokens: Tokens) -> None:
    for sane in ("a", "x" * 64, "A.b_c-9"):
        assert warm.by_lane(verify(tokens.access, HTTP_X_REQUEST_ID=sane)).request_id == sane
    for other in ("", "x" * 65, "a b", "a\r\nSet-Cookie: a=b", None):
        assert len(warm.by_lane(verify(tokens.access, HTTP_X_REQUEST_ID=other)).request_id) == 32
    assert warm.handed_on == 1
