"""The WSGI entry: `granian --interface wsgi wsgi:app`, `gunicorn wsgi:app`."""

from web.app import create_app

app = create_app()
