"""The room of signing keys: their stages, what comes next, the next one sooner, and one that is believed no more."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import errors
from accounts.admin import cells, doorway
from accounts.admin.acts import Act, ask
from accounts.admin.fields import Flag
from accounts.admin.pages import Pages
from accounts.models import KeyPurpose
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.signing_keys import key_listing, key_rotation
from accounts.services.signing_keys.key_listing import ListedKey, Prospect, Stage
from accounts.services.signing_keys.key_rotation import SHORTEST_NAME as SHOWN
from accounts.services.signing_keys.key_rotation import Rotated, TooEarly, Withdrawn

HEADERS: Final = ["Key", "Signs", "Algorithm", "Stage", "Since", "Until", ""]
VARIANTS: Final = {Stage.PUBLISHED: "info", Stage.SIGNING: "success", Stage.RETIRED: "", Stage.WITHDRAWN: "danger"}
ROTATING: Final = (
    "The next key signs from now on. The one before it goes on verifying until the last token that it signed has "
    "expired, so no token is refused."
)
WITHDRAWING: Final = {
    KeyPurpose.ACCESS: "Within a second no process of this service believes {}, and if it signs, its successor takes "
    "over. Other services may believe it for as long as they keep the JWKS, most for 5 to 15 minutes; restart those "
    "that matter. This can't be undone.",
    KeyPurpose.REFRESH: "Within a second no process of this service believes {}, and if it signs, its successor takes "
    "over. Whoever holds a refresh token that it signed has to sign in again. This can't be undone.",
}


class RotationForm(forms.Form):
    at_once = Flag(
        label="Even if not every verifier knows it yet",
        help_text="A key that is published for less than 15 minutes may be unknown to services that keep the JWKS.",
    )


class WithdrawalForm(forms.Form):
    confirmation = forms.CharField(
        label="Its first characters", widget=UnfoldAdminTextInputWidget(), help_text="As they stand above, to be sure."
    )

    def __init__(self, shown: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shown = shown

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if typed != self._shown:
            raise forms.ValidationError(f"Type {self._shown} to withdraw this key.")
        return typed


class KeyPages(Pages):
    title = "Signing keys"
    icon = "key"
    group = "Operation"
    actions = {"view": Action.READ_KEYS, "change": Action.ROTATE_KEYS, "delete": Action.WITHDRAW_KEY}

    def get_urls(self) -> list[URLPattern]:
        own = path("rotate/<str:purpose>/", self.admin_site.admin_view(self.rotate), name="accounts_signingkey_rotate")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        caller = doorway.caller_of(request)
        keys, prospects = key_listing.listed(actor=caller), key_listing.prospects(actor=caller)
        context = {
            "notes": [coming(prospect) for prospect in prospects],
            "acts": self._acts(request) if keys else [],
            "table": {"headers": HEADERS, "rows": [self._row(request, key) for key in keys]},
            "empty_title": "There are no keys yet",
            "empty_text": "The first ones are made when somebody first signs in, or by `manage.py ensure_keys`.",
        }
        return self.page(request, "operation", self.title, context)

    def rotate(self, request: HttpRequest, purpose: str) -> HttpResponse:
        authorisation.require(Action.ROTATE_KEYS, actor=doorway.caller_of(request))
        if purpose not in list(KeyPurpose):
            raise errors.NotFound

        def call(given: dict[str, Any]) -> Rotated:
            outcome = key_rotation.rotate(KeyPurpose(purpose), **given, **self.by(request))
            if isinstance(outcome, TooEarly):
                raise errors.InvalidInput([errors.FieldError("at_once", "too_early", _too_early(outcome))])
            return outcome

        act = Act(f"Rotate {purpose} key", ROTATING, "The next key signs from now on.", self.list_url)
        return ask(self, request, act, call, RotationForm)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        authorisation.require(Action.WITHDRAW_KEY, actor=doorway.caller_of(request))
        key = self._standing(request, object_id)
        shown = key.kid[:SHOWN]
        text = WITHDRAWING[KeyPurpose(key.purpose)].format(shown)
        act = Act(f"Withdraw {shown}", text, f"{shown} is withdrawn.", self.list_url, is_grave=True)

        def call(_: dict[str, Any]) -> Withdrawn:
            return key_rotation.withdraw(key.kid, **self.by(request))

        return ask(self, request, act, call, lambda data: WithdrawalForm(shown, data))

    def _standing(self, request: HttpRequest, kid: str) -> ListedKey:
        """Whoever withdraws keys may see this one."""
        keys = key_listing.listed(actor=doorway.caller_of(request))
        found = next((key for key in keys if key.kid == kid and key.stage != Stage.WITHDRAWN), None)
        if found is None:
            raise errors.NotFound("There is no such key, or it is withdrawn already.")
        return found

    def _acts(self, request: HttpRequest) -> list[tuple[str, str, str]]:
        if not self.has_change_permission(request):
            return []
        return [(f"Rotate {purpose} key", self.url("rotate", purpose), "default") for purpose in KeyPurpose]

    def _row(self, request: HttpRequest, key: ListedKey) -> list[Any]:
        can_go = key.stage != Stage.WITHDRAWN and self.has_delete_permission(request)
        return [
            cells.titled(key.kid[:SHOWN], key.kid),
            f"{key.purpose} tokens",
            key.algorithm,
            cells.label(key.stage, VARIANTS[key.stage]),
            cells.moment(key.since),
            cells.moment(key.until),
            cells.link(self.url("delete", key.kid), "Withdraw") if can_go else "",
        ]


def coming(prospect: Prospect) -> str:
    """What happens next for one purpose, and when."""
    if prospect.kid is None:
        return f"Next for {prospect.purpose} tokens: the worker publishes a key."
    when = f"the worker lets it sign at {_moment(prospect.due_at)}" if prospect.due_at else "the worker lets it sign"
    return f"Next for {prospect.purpose} tokens: {prospect.kid[:SHOWN]}; {when}."


def _too_early(outcome: TooEarly) -> str:
    known = _moment(outcome.known_at)
    return f"{outcome.kid[:SHOWN]} may be unknown to verifiers until {known}; nothing was changed."


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
