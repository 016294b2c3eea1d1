"""The application over an org of the sandbox."""

from tests.web.connections.conftest import autumn, database, make_app, member, org, org_browser

__all__ = ["autumn", "database", "make_app", "member", "org", "org_browser"]
