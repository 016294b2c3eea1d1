"""The Flask application: rooms joined, nothing decided here."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from plugin.kernel import logs
from plugin.kernel.settings import Settings, settings
from web import (
    attention,
    beacons,
    connections,
    crm,
    errors,
    health,
    hubspot,
    landing,
    player,
    security,
    services,
    worker,
)
from web.attention import routes as attention_routes
from web.beacons import routes as beacons_routes
from web.connections import routes as connections_routes
from web.crm import routes as crm_routes
from web.hubspot import consent_routes, routes as hubspot_routes
from web.landing import mail, routes as landing_routes
from web.player import routes as player_routes
from web.salesforce import consent_routes as salesforce_consent_routes, marketing_routes, routes as salesforce_routes

__all__ = ["attention", "beacons", "connections", "create_app", "crm", "hubspot", "landing", "player"]

STATIC = Path(__file__).resolve().parent.parent / "static"


def create_app(config: Settings | None = None) -> Flask:
    """The application for one configuration; several may live in one process (tests do)."""
    config = config or settings()
    logs.configure(config.log_level)
    app = Flask("web", static_folder=str(STATIC), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies)  # type: ignore[method-assign]
    Htmx(app)
    made = services.make_services(config)
    services.attach(app, made)
    app.config["MEDIA_ORIGIN"] = _media_origin(made)
    personal = (landing_routes, mail, player_routes, beacons_routes, attention_routes)
    hubspot_rooms = (hubspot_routes, consent_routes, connections_routes)
    salesforce_rooms = (salesforce_routes, salesforce_consent_routes, marketing_routes)
    for room in (health, *personal, crm_routes, *hubspot_rooms, *salesforce_rooms):
        app.register_blueprint(room.bp)
    app.register_blueprint(marketing_routes.mail_bp)
    security.install(app)
    errors.install(app)
    if config.inline_worker:
        app.extensions["segue-worker"] = worker.start_thread(made)
    return app


def _media_origin(made: services.Services) -> str:
    """Scheme and host clip bytes come from when that isn't us: what the page's policy must allow."""
    parts = urlsplit(made.store.url(f"{'0' * 32}/360p.mp4", made.clock()))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
