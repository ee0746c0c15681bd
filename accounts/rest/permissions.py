"""Who may pass a view at all; what they may do is the services' to say."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import User


class IsUser(BasePermission):
    """A person who is signed in."""

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.user, User)
