"""What a page says to the next one, in a cookie that goes to the admin's pages alone."""

from typing import Any

from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponseBase

from accounts.admin.cookie import PATH
from accounts.credentials import is_https


class AdminCookie(CookieStorage):
    """Django's own would go to every path, and past the fast lane. Never with a secret, or anything personal."""

    cookie_name = "admin-notes"

    def _update_cookie(self, encoded_data: Any, response: HttpResponseBase) -> None:
        """As Django's, but for the path and what goes with it."""
        age = None if encoded_data else 0
        response.set_cookie(
            self.cookie_name,
            encoded_data or "",
            max_age=age,
            path=PATH,
            secure=is_https(),
            httponly=True,
            samesite="Strict",
        )
