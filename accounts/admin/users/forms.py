"""What is asked about a person: for an invitation, for a change, and for a suspension."""

from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.contrib.auth.models import Group
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts import identifiers
from accounts.admin.fields import Choices, Flag, Moment, of_column
from accounts.admin.forms import ChangeForm
from accounts.models import PROFILE_FIELDS, User
from accounts.models.suspensions import REASON_MAX_LENGTH
from accounts.services import fields
from accounts.services.fields import Rule

GROUPS_OFFERED: Final = 200
GIVEN: Final = "Nobody gives, or takes, what they may not do themselves."
RULES: Final[dict[str, Rule]] = {
    **fields.profile(),
    "email": fields.new_email,
    "email_verified": fields.flag,
    "is_staff": fields.flag,
    "is_superuser": fields.flag,
    "groups": fields.group_names,
    "expires_at": fields.moment,
}
"""Every door's own."""


class PersonForm(forms.Form):
    """`PROFILE_FIELDS` come by themselves, each as its column says."""

    email = forms.CharField(
        label="E-mail", max_length=identifiers.EMAIL_MAX_LENGTH, widget=UnfoldAdminTextInputWidget({"type": "email"})
    )
    email_verified = Flag(label="E-mail is verified", help_text="You vouch for it.")
    is_staff = Flag(label="Staff", help_text="May come in here, and do what groups and permissions say.")
    is_superuser = Flag(label="Superuser", help_text="May do everything. For superusers to set.")
    expires_at = Moment(label="Ends at (UTC)", help_text="From then on as if suspended. Empty: it does not end.")

    field_order = ["email", *PROFILE_FIELDS, "groups", "expires_at", "email_verified", "is_staff", "is_superuser"]

    def __init__(self, *args: Any, own_groups: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in PROFILE_FIELDS:
            self.fields[name] = of_column(name)
        offered = offered_groups(own_groups)
        self.fields["groups"] = Choices(offered, help_text=GIVEN if offered else "There are none yet.")
        self.order_fields(self.field_order)


class PersonChangeForm(ChangeForm, PersonForm):
    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=_present(person), own_groups=person.group_names, **kwargs)
        self.fields["email"].help_text = "The old one is told. It is unverified until its owner, or you, verify it."


class SuspensionForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_MAX_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="For the history; the person does not see it.",
    )
    until = Moment(label="Until (UTC)", help_text="Empty: until somebody lets them in again.")


def offered_groups(own: Collection[str]) -> list[str]:
    """The first by name, and all of the person's own, so that none is lost by being left out."""
    first = Group.objects.order_by("name").values_list("name", flat=True)[:GROUPS_OFFERED]
    return sorted({*first, *own})


def _present(person: User) -> dict[str, Any]:
    columns = [*PROFILE_FIELDS, "email", "email_verified", "is_staff", "is_superuser", "expires_at"]
    return {name: getattr(person, name) for name in columns} | {"groups": person.group_names}
