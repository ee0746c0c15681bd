"""The promise of the README: a field of one's own takes one line, one list entry and a migration."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from accounts.tests.architecture.sources import ROOT

MODEL_LINE: Final = "    company = models.CharField(max_length=100, blank=True)\n"
BEFORE: Final = "    is_active = models.BooleanField("

TRIAL: Final = """
from rest_framework.test import APIClient
client = APIClient()
account = {"email": "ada@example.com", "password": "violet otters juggle maps"}
registered = client.post("/auth/register", account | {"company": "Analytical Engines"})
assert registered.status_code == 201, registered.content
assert registered.json()["company"] == "Analytical Engines"
access = client.post("/auth/login", account).json()["access"]
client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
assert client.get("/auth/user").json()["company"] == "Analytical Engines"
assert client.patch("/auth/user", {"company": "Difference Engines"}).json()["company"] == "Difference Engines"
assert client.patch("/auth/user", {"company": "x" * 101}).json()["errors"][0]["field"] == "company"
schemas = client.get("/api/schema").json()["components"]["schemas"]
for name in ("UserResponse", "RegisterRequest", "PatchedProfileRequest", "UserRequest", "PatchedUserChangeRequest"):
    assert "company" in schemas[name]["properties"]

def ask(query, **given):
    return client.post("/graphql", {"query": query, "variables": {"input": given}}).json()

registration = "mutation ($input: RegisterInput!) { register(input: $input) { user { company } } }"
answer = ask(registration, **account | {"email": "grace@example.com", "company": "Eckert and Mauchly"})
assert answer["data"]["register"]["user"]["company"] == "Eckert and Mauchly", answer
assert ask("{ me { company } }")["data"]["me"]["company"] == "Difference Engines"
change = "mutation ($input: UpdateMeInput!) { updateMe(input: $input) { user { company } } }"
assert ask(change, company="Sperry Rand")["data"]["updateMe"]["user"]["company"] == "Sperry Rand"
assert ask(change, company="x" * 101)["errors"][0]["extensions"]["errors"][0]["field"] == "company"

from accounts.models import User
User.objects.filter(email="ada@example.com").update(is_staff=True, is_superuser=True)
made = client.post("/users", {"email": "mary@example.com", "company": "Somerville"})
assert made.json()["company"] == "Somerville", made.content
looked_after = f"/users/{made.json()['id']}"
assert client.patch(looked_after, {"company": "Marischal"}).json()["company"] == "Marischal"
change = "mutation ($input: AdminUpdateUserInput!) { adminUpdateUser(input: $input) { user { company } } }"
answer = ask(change, id=made.json()["id"], company="Newnham")
assert answer["data"]["adminUpdateUser"]["user"]["company"] == "Newnham", answer

from django.test import Client
admin = Client()
assert admin.post("/admin/login/", account).status_code == 302
page, email = f"/admin/accounts/user/{made.json()['id']}/change/", "mary@example.com"
assert 'value="Newnham"' in admin.get(page).content.decode()
sent = {"email": email, "initial-email": email, "initial-company": "Newnham"}
assert admin.post(page, sent | {"company": "x" * 101}).status_code == 400
assert admin.post(page, sent | {"company": "Girton"}).status_code == 302
assert client.get(looked_after).json()["company"] == "Girton"
print("the field is everywhere")
"""


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_field_needs_one_line_one_entry_and_a_migration(tmp_path: Path) -> None:
    copy = tmp_path / "project"
    for part in ("accounts", "authservice"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    shutil.copy(ROOT / "manage.py", copy)
    users = copy / "accounts/models/users.py"
    text = users.read_text(encoding="utf-8")
    assert BEFORE in text
    text = text.replace(BEFORE, MODEL_LINE + BEFORE, 1).replace('"phone_number"]', '"phone_number", "company"]', 1)
    users.write_text(text, encoding="utf-8")
    for arguments in (["makemigrations", "accounts"], ["migrate", "-v0"]):
        manage(copy, *arguments)
    assert "the field is everywhere" in manage(copy, "shell", "-v0", "-c", TRIAL)


def manage(project: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "AUTHSERVICE_VAR": str(project / "var"), "ALLOWED_HOSTS": "testserver"}
    finished = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout
