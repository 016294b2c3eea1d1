"""Routes of the beacons room."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("beacons", __name__)
