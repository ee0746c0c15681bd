"""What is done to a service client at the press of a button, each on a page that asks first."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from accounts.admin import doorway
from accounts.admin.acts import Act, ask
from accounts.admin.pages import Pages
from accounts.models import ServiceClient
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret

DISABLE: Final = "Nobody gets in with the secrets of {}, and its tokens end. Its secrets stay, for when it is enabled."
ENABLE: Final = "{} gets tokens again, with the secrets that it has."
END_TOKENS: Final = "The tokens of {} end, at once. With its secret it gets new ones."
ADD: Final = "{} gets a second secret beside the one that it has, so that one can replace the other without an outage."
REPLACE: Final = "One new secret for {} instead of all that there are, which may have leaked. Its tokens end as well."
REVOKE: Final = "Nobody signs in as {} with this secret any more. Tokens that it brought go on until they expire."
REMOVE: Final = "{} is removed with its secrets. Its tokens end, and no deletion waits for it any more."


class ClientActs(Pages):
    """The pages behind the buttons of a client's page."""

    def get_urls(self) -> list[URLPattern]:
        views = [self.disable, self.enable, self.end_tokens, self.add_secret, self.replace_secrets]
        revoke = ("<str:object_id>/secrets/<uuid:secret_id>/revoke/", self.revoke_secret)
        return [
            *self.own_urls((f"<str:object_id>/{view.__name__}/", view) for view in views),
            *self.own_urls([revoke]),
            *super().get_urls(),
        ]

    def client(self, request: HttpRequest, object_id: str, action: Action) -> ServiceClient:
        """Whose page it is, if whoever asks may do this at all. Raises NotFound, PermissionDenied."""
        caller = doorway.caller_of(request)
        authorisation.require(action, actor=caller)
        return clients.get(object_id, actor=caller)

    def disable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.client(request, object_id, Action.CHANGE_CLIENT)
        act = self._act("Disable", DISABLE, "The client is disabled.", client, is_grave=True)
        return ask(self, request, act, lambda _: clients.change(client.pk, {"is_active": False}, **self.by(request)))

    def enable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.client(request, object_id, Action.CHANGE_CLIENT)
        act = self._act("Enable", ENABLE, "The client is enabled.", client)
        return ask(self, request, act, lambda _: clients.change(client.pk, {"is_active": True}, **self.by(request)))

    def end_tokens(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.client(request, object_id, Action.CHANGE_CLIENT)
        act = self._act("End tokens", END_TOKENS, "Its tokens have ended.", client, is_grave=True)
        return ask(self, request, act, lambda _: clients.change(client.pk, {}, end_tokens=True, **self.by(request)))

    def add_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.client(request, object_id, Action.CHANGE_CLIENT)
        act = self._act("Add a secret", ADD, "", client)
        return ask(
            self, request, act, lambda _: clients.add_secret(client.pk, **self.by(request)), then=self.shown(request)
        )

    def replace_secrets(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.client(request, object_id, Action.CHANGE_CLIENT)
        act = self._act("Replace all secrets", REPLACE, "", client, is_grave=True)
        return ask(
            self,
            request,
            act,
            lambda _: clients.replace_secrets(client.pk, **self.by(request)),
            then=self.shown(request),
        )

    def revoke_secret(self, request: HttpRequest, object_id: str, secret_id: UUID) -> HttpResponse:
        client = self.client(request, object_id, Action.CHANGE_CLIENT)
        act = self._act("Revoke the secret", REVOKE, "The secret is revoked.", client, is_grave=True)
        return ask(self, request, act, lambda _: clients.revoke_secret(client.pk, secret_id, **self.by(request)))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        client = self.client(request, object_id, Action.DELETE_CLIENT)
        act = self._act("Delete", REMOVE, "The client is removed.", client, is_grave=True, onward=self.list_url)
        return ask(self, request, act, lambda _: clients.remove(client.pk, **self.by(request)))

    def shown(self, request: HttpRequest) -> Any:
        """The secret in this very answer, which nobody keeps: neither a cookie, nor a browser's cache, nor we."""

        def show(made: NewSecret) -> HttpResponse:
            page = self.url("change", made.client.pk)
            context = {"client": made.client, "secret": made.secret, "back": page}
            return self.page(
                request, "secret", "The new secret", context | {"trail": self._trail(made.client)}, status=200
            )

        return show

    def offered(self, request: HttpRequest, client: ServiceClient) -> list[tuple[str, str, str]]:
        """Buttons of the client's page: what each says, leads to, looks like."""
        asked = [
            (Action.CHANGE_CLIENT, "Add a secret", "add_secret", "default"),
            (Action.CHANGE_CLIENT, "Replace all secrets", "replace_secrets", "default"),
            (Action.CHANGE_CLIENT, "End tokens", "end_tokens", "default"),
            (Action.CHANGE_CLIENT, *(("Disable", "disable") if client.is_active else ("Enable", "enable")), "default"),
            (Action.DELETE_CLIENT, "Delete", "delete", "danger"),
        ]
        return [
            (label, self.url(name, client.pk), variant)
            for action, label, name, variant in asked
            if doorway.may(request, action)
        ]

    def _act(self, title: str, text: str, said: str, client: ServiceClient, **more: Any) -> Act:
        return Act(title, text.format(client.name), said, self.url("change", client.pk), self._step(client), **more)

    def _step(self, client: ServiceClient) -> tuple[tuple[str, str], ...]:
        return ((client.name, self.url("change", client.pk)),)

    def _trail(self, client: ServiceClient) -> list[tuple[str, str]]:
        return [(self.title, self.list_url), *self._step(client)]
