"""Which representation is answered: JSON."""

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from accounts.rest import problems


class Negotiation(DefaultContentNegotiation):
    """JSON also for who names problem documents alone, as generated clients do where a good answer has no body."""

    def get_accept_list(self, request: Request) -> list[str]:
        named: list[str] = super().get_accept_list(request)
        return [each.replace(problems.CONTENT_TYPE, "application/json") for each in named]
