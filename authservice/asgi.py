"""The ASGI application, for servers that speak nothing else; WSGI under Granian is several times as fast."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authservice.settings")

application = get_asgi_application()
