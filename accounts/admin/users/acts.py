"""What is done to a person at the press of a button, each on a page that asks first."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from accounts.admin import doorway
from accounts.admin.acts import Act, ask
from accounts.admin.pages import Pages
from accounts.admin.users.forms import SuspensionForm
from accounts.models import User
from accounts.services import authorisation, fields, suspension, user_lookup
from accounts.services.administration import password_mail, sessions
from accounts.services.authorisation import Action
from accounts.services.deleting import deletion

OUT: Final = "At once {} is out everywhere, and can't sign in. Every session ends, and stays ended."
IN_AGAIN: Final = "{} may sign in again. What was ended stays ended."
MAIL: Final = "{} is sent a link by which they set a password. Nobody else sees it or sets it."
SIGNED_OUT: Final = "{} is signed out everywhere, at once. They may sign in again."
GONE: Final = (
    "{} is signed out and can't come back. The account is erased once every service that keeps personal data has "
    "acknowledged it. This can't be undone."
)


class UserActs(Pages):
    """The pages behind the buttons of a person's page."""

    def get_urls(self) -> list[URLPattern]:
        views = [self.suspend, self.reinstate, self.mail_password, self.end_sessions]
        return [
            *self.own_urls((f"<str:object_id>/{view.__name__}/", view) for view in views),
            *super().get_urls(),
        ]

    def person(self, request: HttpRequest, object_id: str, action: Action) -> User:
        """Whose page it is, if whoever asks may do this to them. Raises NotFound, PermissionDenied."""
        caller = doorway.caller_of(request)
        authorisation.require(action, actor=caller)
        person = user_lookup.get(fields.canonical_id(object_id), actor=caller)
        authorisation.require(action, actor=caller, target=person)
        return person

    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.person(request, object_id, Action.SUSPEND_USER)
        act = self._act("Suspend", OUT, "The account is suspended.", person, is_grave=True)

        def call(given: dict[str, Any]) -> User:
            taken = fields.checked(given, reason=fields.reason, until=fields.moment)
            return suspension.suspend(person.pk, **taken, **self.by(request))

        return ask(self, request, act, call, SuspensionForm)

    def reinstate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.person(request, object_id, Action.REINSTATE_USER)
        act = self._act("Reinstate", IN_AGAIN, "The account is open again.", person)
        return ask(self, request, act, lambda _: suspension.reinstate(person.pk, **self.by(request)))

    def mail_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.person(request, object_id, Action.SEND_PASSWORD_MAIL)
        act = self._act("Send password mail", MAIL, "The mail is on its way.", person)
        return ask(self, request, act, lambda _: password_mail.send(person.pk, **self.by(request)))

    def end_sessions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.person(request, object_id, Action.END_SESSIONS)
        act = self._act("End all sessions", SIGNED_OUT, "Every session has ended.", person, is_grave=True)
        return ask(self, request, act, lambda _: sessions.end_all(person.pk, **self.by(request)))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        person = self.person(request, object_id, Action.DELETE_USER)
        said = "The deletion has begun."
        act = self._act("Delete", GONE, said, person, is_grave=True, onward=self.list_url)
        return ask(self, request, act, lambda _: deletion.request(person.pk, **self.by(request)))

    def offered(self, request: HttpRequest, person: User) -> list[tuple[str, str, str]]:
        """Buttons of the person's page, for what whoever asks may do at all: what each says, leads to, looks like."""
        is_out = not person.is_active
        asked = [
            (Action.REINSTATE_USER, "Reinstate", "reinstate", "default", is_out),
            (Action.SUSPEND_USER, "Suspend again" if is_out else "Suspend", "suspend", "default", True),
            (Action.SEND_PASSWORD_MAIL, "Password mail", "mail_password", "default", not is_out),
            (Action.END_SESSIONS, "End sessions", "end_sessions", "default", True),
            (Action.DELETE_USER, "Delete", "delete", "danger", True),
        ]
        return [
            (label, self.url(name, person.pk), variant)
            for action, label, name, variant, is_fitting in asked
            if is_fitting and doorway.may(request, action)
        ]

    def _act(self, title: str, text: str, said: str, person: User, **more: Any) -> Act:
        page = self.url("change", person.pk)
        return Act(title, text.format(person.email), said, page, trail=((person.email, page),), **more)
