"""The room of service clients: the list, a new one, and a client's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.admin import doorway, edits, forms, keyset
from accounts.admin.clients import detail
from accounts.admin.clients.acts import ClientActs
from accounts.admin.clients.forms import RULES, ClientChangeForm, ClientForm
from accounts.admin.edits import Edit
from accounts.models import ServiceClient
from accounts.services import authorisation, fields
from accounts.services.authorisation import Action
from accounts.services.clients import clients


class ClientPages(ClientActs):
    title = "Service clients"
    icon = "dns"
    group = "Services"
    actions = {
        "view": Action.READ_CLIENTS,
        "add": Action.CREATE_CLIENT,
        "change": Action.CHANGE_CLIENT,
        "delete": Action.DELETE_CLIENT,
    }

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        listed = clients.listed(actor=doorway.caller_of(request)).order_by("-created_at", "-id")
        page = keyset.read(request, listed)
        context = {
            "table": {"headers": detail.HEADERS, "rows": [detail.row(c, self.url("change", c.pk)) for c in page.rows]},
            "next_url": page.next_url,
            "first_url": page.first_url,
            "add_url": self.has_add_permission(request) and self.url("add"),
            "add_label": "New client",
            "empty_title": "No service has credentials of its own yet",
            "empty_text": "Make one for each service that asks here in its own name, such as one that follows notices.",
        }
        return self.page(request, "list", self.title, context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        authorisation.require(Action.CREATE_CLIENT, actor=doorway.caller_of(request))
        text = "Its secret is shown once, on the next page, and nowhere afterwards."
        return edits.edit(
            self,
            request,
            Edit("New client", "Make the client", "", self.list_url, {"text": text}),
            ClientForm(forms.data_of(request)),
            lambda given: clients.create(**fields.checked(given, **RULES), **self.by(request)),
            then=self.shown(request),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        client = self.client(request, object_id, forms.action_of(request, Action.READ_CLIENTS, Action.CHANGE_CLIENT))
        form = ClientChangeForm(client, forms.data_of(request)) if self.has_change_permission(request) else None
        return edits.edit(
            self,
            request,
            Edit(client.name, "Save", "Saved.", self.list_url, self._beside(request, client)),
            form,
            lambda _: clients.change(client.pk, fields.checked(forms.changes(form), **RULES), **self.by(request)),
            onward=lambda changed: self.url("change", changed.pk),
        )

    def _beside(self, request: HttpRequest, client: ServiceClient) -> dict[str, Any]:
        may_revoke = self.has_change_permission(request)
        rows = [
            detail.secret_row(secret, self.url("revoke_secret", client.pk, secret.pk) if may_revoke else None)
            for secret in client.live_secrets
        ]
        empty = "None: it can't sign in until it gets one."
        secrets = {"title": "Live secrets", "table": {"headers": detail.SECRET_HEADERS, "rows": rows}, "empty": empty}
        return {"facts": detail.facts(client), "tables": [secrets], "acts": self.offered(request, client)}
