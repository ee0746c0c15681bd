"""The pages behind the links in our mails, where no front end has its own: a script of ours reads the code.

It rides in the fragment, which no browser sends to any server, and leaves the address bar as soon as it is read.
"""

from typing import Final
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.conf import auth_settings
from accounts.rest.problems import safe_only

POLICY: Final = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": ["data:"],
    "connect-src": [SELF],
}


@safe_only
@csp_replace(POLICY)
def reset_password(request: HttpRequest) -> HttpResponse:
    """With a code: takes the new password. Without: asks for a mail."""
    return _page(request, "accounts/reset_password.html")


@safe_only
@csp_replace(POLICY)
def verify_email(request: HttpRequest) -> HttpResponse:
    """At a press of a button: programs that look into mails follow links, too."""
    return _page(request, "accounts/verify_email.html")


@safe_only
@csp_replace(POLICY)
def cancel_deletion(request: HttpRequest) -> HttpResponse:
    return _page(request, "accounts/cancel_deletion.html")


def _page(request: HttpRequest, template: str) -> HttpResponse:
    """A proxy may hand the service on below a path of its own."""
    context = {"base": urlsplit(auth_settings.issuer).path, "least": auth_settings.password_min_length}
    return render(request, template, context)
