"""Moving here as docs/importing.md says: what its programs and its table write is taken, and opens."""

import base64
import hashlib
import io
import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any, Final

import pytest
from argon2 import PasswordHasher, low_level
from django.core.management import call_command

from accounts.models import User
from accounts.principals import Origin
from accounts.services import sign_in
from accounts.services.importing import lines
from accounts.tests.architecture.sources import ROOT
from accounts.tests.support.factories import MakeUser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_hasher]

PAGE: Final = (ROOT / "docs/importing.md").read_text(encoding="utf-8")
PASSWORD: Final = "hunter2"
SALT: Final = b"\x00\xffnot a text\xfe\x80"


def take(tmp_path: Path, text: str) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text(text, encoding="utf-8")
    call_command("import_users", file, stdout=io.StringIO())


def program(beginning: str) -> str:
    """The one indented block that begins so, up to what ends it."""
    (found,) = re.findall(rf"^    {re.escape(beginning)}.*?(?=^\S)", PAGE, re.DOTALL | re.MULTILINE)
    return textwrap.dedent(found)


def shell_programs() -> list[str]:
    found = re.findall(r'^    python manage\.py shell -v 0 -c "(.*?)"', PAGE, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(each) for each in found]


def test_another_djangos_people_come_by_the_program_that_is_shown(
    tmp_path: Path, make_user: MakeUser, capsys: pytest.CaptureFixture[str]
) -> None:
    make_user("ada@example.com", first_name="Ada", password=PASSWORD)
    django, allauth = shell_programs()
    compile(allauth, "allauth", "exec")
    call_command("shell", command=django, verbosity=0)
    User.objects.all().delete()
    take(tmp_path, capsys.readouterr().out)
    sign_in.sign_in(email="ada@example.com", password=PASSWORD, origin=Origin())
    assert User.objects.get().first_name == "Ada"


def keycloaks(**changes: Any) -> dict[str, Any]:
    """As `kc.sh export` writes somebody, with what is not asked for left out."""
    digest = low_level.hash_secret_raw(PASSWORD.encode(), SALT, 5, 7168, 1, 32, low_level.Type.ID, version=19)
    cost = {"hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}
    secret = {"value": base64.b64encode(digest).decode(), "salt": base64.b64encode(SALT).decode()}
    how = {"hashIterations": 5, "algorithm": "argon2", "additionalParameters": cost}
    otp = {"type": "otp", "secretData": '{"value": "x"}', "credentialData": '{"subType": "totp"}'}
    password = {"type": "password", "secretData": json.dumps(secret), "credentialData": json.dumps(how)}
    return {
        "id": "f27826f7-6ec1-4283-822f-10e0c51a9089",
        "createdTimestamp": 1690887741455,
        "username": "ada",
        "enabled": True,
        "emailVerified": True,
        "email": "ada@example.com",
        "firstName": "Ada",
        "credentials": [otp, password],
    } | changes


def test_keycloaks_people_come_by_the_program_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    older = {"type": "password", "secretData": "{}", "credentialData": '{"algorithm": "pbkdf2-sha512"}'}
    bob = keycloaks(id="f27826f7-6ec1-4283-822f-10e0c51a9090", email="bob@example.com", credentials=[older])
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"realm": "fleet", "users": [keycloaks(), bob]})))
    exec(program("import json, sys"), {})
    take(tmp_path, capsys.readouterr().out)
    ada = User.objects.get(email="ada@example.com")
    assert (str(ada.pk), ada.first_name, ada.email_verified) == (keycloaks()["id"], "Ada", True)
    assert ada.date_joined.year == 2023
    assert not User.objects.get(email="bob@example.com").has_usable_password()
    sign_in.sign_in(email="ada@example.com", password=PASSWORD, origin=Origin())


def bcrypts(text: str) -> str:
    return "bcrypt$" + re.sub(r"^\$2[aby]\$", "$2b$", text)


def werkzeugs() -> str:
    digest = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"Zx9salt", 1000).hex()
    method, salt, digest = f"pbkdf2:sha256:1000$Zx9salt${digest}".split("$")
    iterations = method.rpartition(":")[2]
    return f"pbkdf2_sha256${iterations}${salt}${base64.b64encode(bytes.fromhex(digest)).decode()}"


@pytest.mark.parametrize(
    ("encoded", "password"),
    [
        pytest.param("argon2" + PasswordHasher(memory_cost=1024).hash(PASSWORD), PASSWORD, id="argon2"),
        pytest.param(bcrypts("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"), "U*U", id="openwall"),
        pytest.param(
            bcrypts("$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq"), "rasmuslerdorf", id="php"
        ),
        pytest.param(werkzeugs(), PASSWORD, id="werkzeug"),
    ],
)
def test_what_others_write_opens_when_it_is_put_as_the_table_says(tmp_path: Path, encoded: str, password: str) -> None:
    take(tmp_path, json.dumps({"email": "ada@example.com", "password": encoded}))
    sign_in.sign_in(email="ada@example.com", password=password, origin=Origin())


def test_the_members_that_are_named_are_those_there_are() -> None:
    from_table = re.findall(r"^\| (`[a-z_]+`.*?) \|", PAGE.partition("## Which hashes")[0], re.MULTILINE)
    assert {name for cell in from_table for name in re.findall(r"`([a-z_]+)`", cell)} == {*lines.RULES}
