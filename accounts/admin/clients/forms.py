"""What is asked about a service client."""

from typing import Any, Final

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin.fields import Flag, Lines
from accounts.admin.forms import ChangeForm
from accounts.models import Scope, ServiceClient
from accounts.models.clients import NAME_MAX_LENGTH
from accounts.services import fields
from accounts.services.fields import Rule

RULES: Final[dict[str, Rule]] = {
    "name": fields.client_name,
    "scopes": fields.scopes,
    "holds_personal_data": fields.flag,
}
"""Every door's own."""
MEANT_HERE: Final = ", ".join(Scope)


class ClientForm(forms.Form):
    name = forms.CharField(
        max_length=NAME_MAX_LENGTH, widget=UnfoldAdminTextInputWidget(), help_text="What it is, for people."
    )
    scopes = Lines(
        help_text=f"One a line. This service heeds {MEANT_HERE}; others are for other services. Nobody makes a client "
        "that may do what they may not do themselves."
    )
    holds_personal_data = Flag(help_text="Deletions wait until it has acknowledged them.")


class ClientChangeForm(ChangeForm, ClientForm):
    def __init__(self, client: ServiceClient, *args: Any, **kwargs: Any) -> None:
        present = {name: getattr(client, name) for name in RULES}
        super().__init__(*args, initial=present, **kwargs)
