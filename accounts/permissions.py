"""What Django's permissions say of somebody, and no more: nobody is let in by a back door of Django's."""

from typing import Any

from django.contrib.auth.backends import ModelBackend


class PermissionsOnly(ModelBackend):
    """Django asks its backends for permissions and for people alike. This one knows no people: whoever would come in
    comes by `services.sign_in`, with its limits, its audit and a session that can be ended.
    """

    def authenticate(self, *_: Any, **__: Any) -> None:
        return None

    async def aauthenticate(self, *_: Any, **__: Any) -> None:
        return None

    def get_user(self, user_id: Any) -> None:
        return None

    async def aget_user(self, user_id: Any) -> None:
        return None
