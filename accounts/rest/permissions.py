"""Who may pass a view at all; what they may do is the services' to say."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.errors import PermissionDenied
from accounts.models import ServiceClient, User


class IsUser(BasePermission):
    """A person who is signed in. PermissionDenied, with the reason, for a service client."""

    def has_permission(self, request: Request, view: object) -> bool:
        holder: object = request.user
        if isinstance(holder, ServiceClient):
            raise PermissionDenied("This is for people: it takes the token of somebody who is signed in.")
        return isinstance(holder, User)


class IsCaller(BasePermission):
    """A person who is signed in, or a service client."""

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.user, User | ServiceClient)
