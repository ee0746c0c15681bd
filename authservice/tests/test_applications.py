"""The applications that servers are pointed at."""

from unittest.mock import Mock

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.test import RequestFactory

from authservice import asgi, wsgi


def test_the_asgi_application_is_django() -> None:
    assert isinstance(asgi.application, ASGIHandler)


@pytest.mark.django_db
def test_a_plain_wsgi_call_is_answered() -> None:
    start_response = Mock()
    parts = wsgi.application(RequestFactory().get("/healthz").environ, start_response)
    assert start_response.call_args.args[0] == "200 OK"
    assert b'"status": "ok"' in b"".join(parts)
