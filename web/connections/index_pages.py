"""The accounts there are, of every CRM, each with its health."""

from __future__ import annotations

from flask import render_template
from sqlalchemy import select

from plugin.accounts.models import Installation
from web.connections.present import CRMS, account_of
from web.services import services


def index() -> str:
    """All of them; those without screens here are named."""
    with services().database.reading() as session:
        rows = session.scalars(select(Installation).order_by(Installation.connector, Installation.account)).all()
        accounts = [account_of(session, row) for row in rows if row.connector in CRMS]
    others = [row for row in rows if row.connector not in CRMS]
    return render_template("connections/index.html", accounts=accounts, others=others, crms=CRMS)
