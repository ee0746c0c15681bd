"""The WSGI application, for Granian and for any other server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authservice.settings")

application = get_wsgi_application()
