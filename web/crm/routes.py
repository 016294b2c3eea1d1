"""Routes of the crm room."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("crm", __name__)
