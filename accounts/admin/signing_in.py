"""The form of the admin's sign-in."""

from django import forms
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget

from accounts.services import fields


class SignInForm(forms.Form):
    """As typed: a password is never trimmed."""

    email = forms.CharField(
        label="E-mail",
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )

    def clean_email(self) -> str:
        return fields.entered_email(self.cleaned_data["email"])

    def clean_password(self) -> str:
        return fields.password(self.cleaned_data["password"])
