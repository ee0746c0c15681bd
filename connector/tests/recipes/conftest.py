"""Somebody of the auth service, and what happens to them there."""

from collections.abc import Callable
from typing import Any

import pytest
from authservice_connector import current, mirror

from tests.issuing import ISSUER
from tests.service import Service


@pytest.fixture
def ada(service: Service, db: None) -> Any:
    """As the local user."""
    return mirror.apply(ISSUER, service.register(email="ada@example.com"), settled=True).user


@pytest.fixture
def authorization(service: Service, ada: Any) -> str:
    """Hers."""
    return f"Bearer {service.token(ada.remote.subject)}"


@pytest.fixture
def catch_up(service: Service) -> Callable[[], None]:
    """What has happened arrives in the mirror."""

    def turn() -> None:
        mirroring = current.connection().mirroring
        assert mirroring is not None
        mirroring.turn()

    return turn


@pytest.fixture
def suspend(service: Service, ada: Any, catch_up: Callable[[], None]) -> Callable[[], None]:
    def end() -> None:
        service.change(ada.remote.subject, "user.suspended", is_active=False)
        catch_up()

    return end


@pytest.fixture
def reinstate(service: Service, ada: Any, catch_up: Callable[[], None]) -> Callable[[], None]:
    def lift() -> None:
        service.change(ada.remote.subject, "user.reinstated", is_active=True)
        catch_up()

    return lift


@pytest.fixture
def delete(service: Service, ada: Any, catch_up: Callable[[], None]) -> Callable[[], None]:
    def remove() -> None:
        service.delete(ada.remote.subject)
        catch_up()

    return remove
