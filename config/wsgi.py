"""The web process. Refuses to serve when its database role could see past tenant isolation."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()

from tenants.isolation.boot import refuse_privileged_roles  # noqa: E402  needs the apps loaded

refuse_privileged_roles()
