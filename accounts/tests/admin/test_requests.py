"""What the admin takes of a browser: small forms without files, and with a token of this sign-in."""

from pathlib import Path
from typing import Final
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.tests.admin.conftest import LOGIN
from accounts.tests.admin.test_entry import assert_refused, is_in
from accounts.tests.support.factories import PASSWORD

FORM: Final = "application/x-www-form-urlencoded"


def test_the_token_of_a_form_from_before_is_no_good_any_more(root: User) -> None:
    """Whoever planted the cookie that it belongs to would know it."""
    client, planted = Client(enforce_csrf_checks=True), "p" * 32
    client.cookies["admin-csrf"] = planted
    form = {"email": root.email, "password": PASSWORD, "csrfmiddlewaretoken": planted}
    assert client.post(LOGIN, form).status_code == 302
    assert client.cookies["admin-csrf"].value != planted
    assert client.post("/admin/logout/", {"csrfmiddlewaretoken": planted}).status_code == 403
    assert is_in(client)


def test_both_cookies_come_along_with_a_link_from_elsewhere() -> None:
    answer = Client().get(LOGIN)
    assert answer.cookies["admin-csrf"]["samesite"] == "Lax"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "multipart/form-data", "text/plain"])
def test_more_than_64_kilobytes_are_refused(kind: str) -> None:
    for path in (LOGIN, "/admin/logout/", "/admin/accounts/user/add/"):
        answer = Client().post(path, b"x" * (64 * 1024 + 1), content_type=kind)
        assert_refused(answer, 413, "At most 64 KB")
    answer = Client().post(LOGIN, b"x" * 64 * 1024, content_type=FORM)
    assert_refused(answer, 400, "This field is required")


@pytest.mark.django_db
def test_what_says_nothing_of_its_length_is_refused_as_it_is_read() -> None:
    body = urlencode({"email": "x" * 70_000}).encode()
    answer = Client().post(LOGIN, body, content_type=FORM, CONTENT_LENGTH=f"+{len(body)}")
    assert_refused(answer, 413, "At most 64 KB")


@pytest.mark.django_db
def test_no_file_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    written = Mock(side_effect=AssertionError("a file was begun"))
    monkeypatch.setattr("django.core.files.uploadhandler.MemoryFileUploadHandler.new_file", written)
    answer = Client().post(LOGIN, {"email": SimpleUploadedFile("a.txt", b"x" * 60_000), "password": PASSWORD})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {"email"}
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", f"{FORM}; charset=latin-1"])
def test_a_body_that_does_not_read_is_refused_with_a_page(kind: str) -> None:
    assert_refused(Client().post(LOGIN, b"email=x", content_type=kind), 400, "Some fields do not fit")
