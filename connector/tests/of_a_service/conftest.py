"""All that a service needs."""

pytest_plugins = ["authservice_connector.testing"]
