"""What Marketing Cloud calls, and where the links lead that it signs: nothing is there until an admin sets a key."""

from __future__ import annotations

from flask import Blueprint

from web.lazy import View, lazily

bp = Blueprint("salesforce_journey", __name__, url_prefix="/salesforce/journey")
mail_bp = Blueprint("salesforce_mail", __name__, url_prefix="/salesforce/mail")


def _view(name: str) -> View:
    return lazily("web.salesforce.marketing", name)


_config, _look = _view("config"), _view("look")
for place, given in (("/<slug>", {"extension": ""}), ("/<slug>/<extension>", {})):
    bp.add_url_rule(f"{place}/config.json", view_func=_config, defaults=given)
    bp.add_url_rule(f"{place}/", view_func=_look, defaults=given)
    bp.add_url_rule(f"{place}/index.html", view_func=_look, defaults=given)
bp.add_url_rule("/execute", "execute", _view("execute"), methods=["POST"])
bp.add_url_rule("/<any(save, publish, validate, stop):step>", "prepare", _view("prepare"), methods=["POST"])
mail_bp.add_url_rule("/<signed>", "follow", _view("follow"))
