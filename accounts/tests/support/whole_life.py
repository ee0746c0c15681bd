"""Everything that is told of happens once, through doors where there are any; and each secret that went over them."""

import io
import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.core.management import call_command
from django.db.models import F
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.keys.succession import PUBLISHED_BEFORE_SIGNING
from accounts.models import KeyPurpose, Mail, MailKind, SigningKey, User
from accounts.principals import Origin, System
from accounts.services import groups, invalidation, memberships, outbox
from accounts.services.deleting import deletion
from accounts.services.importing import importing
from accounts.services.signing_keys import key_rotation, key_upkeep
from accounts.tests.support import codes, consumers, factories, memory
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.staff import make_superuser

SECRET_NAMES: Final = {"password", "current_password", "new_password", "access", "refresh", "token", "secret"} | {
    "client_secret", "access_token", "csrf_token"
}  # fmt: skip
OPERATOR: Final = System("test")
HERE: Final = Origin(address="192.0.2.1", user_agent="curl/8", request_id="request-1")
EMAIL: Final = "ada@example.com"
MOVED: Final = "moved@example.com"
WRONG: Final = "not-the-password-of-ada-47"
NEW: Final = "seven kites over helsinki"
NEWER: Final = "eight kites over helsinki"


class WholeLife:
    """`secrets` are all that were sent or answered under a name that says so, and all mailed codes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.secrets: set[str] = set()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, access: str = "") -> dict[str, Any]:
        api = factories.bearer(access) if access else APIClient()
        answer = getattr(api, method)(path, body)
        text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        said: dict[str, Any] = json.loads(text or "{}")
        self.secrets |= {
            str(each[name]) for each in (body or {}, said) for name in SECRET_NAMES & each.keys() if each[name]
        }
        return said

    def log_in(self, email: str, password: str) -> dict[str, Any]:
        return self.call("post", "/auth/login", {"email": email, "password": password})

    def use_code(self, path: str, kind: MailKind, **more: str) -> None:
        self.call("post", path, {"token": codes.mailed(kind)} | more)

    def live(self) -> None:
        self.settings.AUTH_EMAIL_VERIFICATION = "optional"
        call_command("createsuperuser", interactive=False, email="root@example.com", verbosity=0)
        self._come_and_go()
        self._be_looked_after(self.log_in(make_superuser().email, PASSWORD)["access"])
        self._be_operated()
        self._leave()

    def _come_and_go(self) -> None:
        account = {"email": EMAIL, "password": PASSWORD}
        for _ in range(2):
            self.call("post", "/auth/register", account)
        self.call("post", "/auth/email/resend", {"email": EMAIL})
        self.use_code("/auth/email/verify", MailKind.VERIFY_EMAIL)
        self.call("post", "/auth/email/verify", {"token": "no-code-of-anybody"})
        for email, password in ((EMAIL, WRONG), ("nobody@example.com", WRONG), (EMAIL, PASSWORD)):
            self.log_in(email, password)
        tokens = self.log_in(EMAIL, PASSWORD)
        access = tokens["access"]
        self.call("post", "/auth/refresh", {"refresh": tokens["refresh"]})
        self.call("post", "/auth/refresh", {"refresh": tokens["refresh"][:-4]})
        self.call("patch", "/auth/user", {"first_name": "Ada"}, access)
        self.call("get", "/clients", access=access)  # she may not
        for current in (WRONG, PASSWORD):
            self.call("post", "/auth/password/change", {"current_password": current, "new_password": NEW}, access)
        self.call("post", "/auth/email/change", {"new_email": MOVED, "password": NEW}, access)
        self.use_code("/auth/email/verify", MailKind.CONFIRM_NEW_EMAIL)
        self.call("get", "/auth/user/export", access=access)
        self.call("post", "/auth/logout", access=access)
        self.call("post", "/auth/password/reset", {"email": MOVED})
        self.use_code("/auth/password/reset/confirm", MailKind.RESET_PASSWORD, new_password=NEWER)

    def _be_looked_after(self, root: str) -> None:
        user = User.objects.get(email=MOVED)
        self.call("post", f"/users/{user.pk}/suspend", {"reason": "case 4711"}, root)
        self.call("post", f"/users/{user.pk}/reinstate", {}, root)
        made = self.call("post", "/clients", {"name": "Orders", "scopes": ["users:read"]}, root)
        path, credentials = f"/clients/{made['id']}", {"client_id": made["id"], "client_secret": made["secret"]}
        self.call("post", "/auth/token", {"grant_type": "client_credentials"} | credentials)
        self.call("post", "/auth/token", {"grant_type": "client_credentials"} | credentials | {"client_secret": WRONG})
        added = self.call("post", f"{path}/secrets", {}, root)
        self.call("delete", f"{path}/secrets/{added['id']}", access=root)
        self.call("patch", path, {"name": "Mine"}, root)
        out = io.StringIO()
        call_command("rotate_client_secret", made["id"], "--revoke-others", stdout=out)
        self.secrets |= {word for word in out.getvalue().replace("=", " ").split() if word.startswith("authservice_")}
        self.call("delete", path, access=root)
        groups.create("editors", actor=OPERATOR, origin=HERE)
        memberships.assign(user.pk, ["editors"], actor=OPERATOR, origin=HERE)
        groups.rename("editors", new_name="writers", actor=OPERATOR, origin=HERE)
        groups.delete("writers", actor=OPERATOR, origin=HERE)

    def _be_operated(self) -> None:
        line = json.dumps({"email": "new@example.com", "password": None}).encode()
        assert [batch.imported for batch in importing.import_users(io.BytesIO(line), actor=OPERATOR)] == [1]
        Mail.objects.all().update(
            created_at=F("created_at") - timedelta(days=2), due_at=F("due_at") - timedelta(days=2)
        )
        outbox.deliver_due()
        invalidation.invalidate_all_tokens(actor=OPERATOR)
        self.settings.SECRET_KEY_FALLBACKS = [self.settings.SECRET_KEY]
        self.settings.SECRET_KEY = "n3w-Secret" * 6
        memory.forget()
        assert key_upkeep.reencrypt()
        SigningKey.objects.update(published_at=F("published_at") - PUBLISHED_BEFORE_SIGNING)
        relieved = SigningKey.objects.get(purpose=KeyPurpose.ACCESS, signing_from__isnull=False).kid
        key_rotation.rotate(KeyPurpose.ACCESS, at_once=True, actor=OPERATOR)
        key_rotation.withdraw(relieved, actor=OPERATOR)
        SigningKey.objects.filter(pk=relieved).update(withdrawn_at=F("withdrawn_at") - timedelta(days=60))
        assert key_upkeep.remove_spent()

    def _leave(self) -> None:
        self.settings.AUTH_DELETION_DELAY = 3600
        asking = self.log_in(MOVED, NEWER)["access"]
        self.call("post", "/auth/user/delete", {"password": WRONG}, asking)
        self.call("post", "/auth/user/delete", {"password": NEWER}, asking)
        self.use_code("/auth/user/delete/cancel", MailKind.CANCEL_DELETION)
        self.settings.AUTH_DELETION_DELAY = 0
        consumers.make()
        leaving = self.log_in(MOVED, NEWER)
        self.call("post", "/auth/user/delete", {"password": NEWER}, leaving["access"])
        deletion.force(UUID(leaving["user"]["id"]), reason="its database is gone", actor=OPERATOR, origin=HERE)
