"""The application over an org of the sandbox."""

from tests.web.connections.conftest import database, make_app, member, org, org_browser

__all__ = ["database", "make_app", "member", "org", "org_browser"]
