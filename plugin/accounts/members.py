"""The people of the company who may sign in: Argon2id passwords (RFC 9106), one answer for every wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.accounts.models import Member
from plugin.kernel.errors import BadInput, NotFound

ROLES = ("admin", "marketer", "approver", "rep")
MIN_PASSWORD = 12
MAX_PASSWORD = 256

_EMAIL = re.compile(r"[^@\s\x00-\x1f\ud800-\udfff]{1,64}@[^@\s\x00-\x1f\ud800-\udfff]{1,190}")
_hasher = PasswordHasher()


def add_member(session: Session, email: str, password: str, role: str) -> Member:
    """A new member; raises `BadInput` for a bad address, role or password, or when there is one already."""
    email = plain_email(email)
    if role not in ROLES:
        raise BadInput(f"a role is one of {', '.join(ROLES)}")
    if session.scalar(select(Member.id).where(Member.email == email)):
        raise BadInput(f"{email} is a member already")
    member = Member(email=email, password_hash=_hash(password), role=role)
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError:
        raise BadInput(f"{email} is a member already") from None
    return member


def authenticate(session: Session, email: str, password: str) -> Member | None:
    """The member these belong to, or None, at the same cost whether or not there is such a member.

    A hash made with older parameters is renewed, so the session must be one that may write.
    """
    member = _lookup(session, email)
    known = member.password_hash if member else _nobody()
    given = _normal(password)
    try:
        # Longer than any password can be: compare what can't match, so the time tells nothing.
        _hasher.verify(known, given if len(given) <= MAX_PASSWORD else "\0")
    except (VerificationError, InvalidHashError):
        return None
    if member is None:
        return None
    if _hasher.check_needs_rehash(known):
        member.password_hash = _hasher.hash(given)
    return member


def set_password(session: Session, email: str, password: str) -> Member:
    """Replace a member's password; raises `NotFound` or `BadInput`."""
    member = find_member(session, email)
    member.password_hash = _hash(password)
    session.flush()
    return member


def remove_member(session: Session, email: str) -> None:
    """Let a member in no more; raises `NotFound`, and `BadInput` for the last admin of several members."""
    member = find_member(session, email)
    admins = session.scalar(select(func.count()).where(Member.role == "admin")) or 0
    others = session.scalar(select(func.count()).where(Member.id != member.id)) or 0
    if member.role == "admin" and admins == 1 and others:
        raise BadInput("this is the last admin; make another one first")
    session.delete(member)
    session.flush()


def find_member(session: Session, email: str) -> Member:
    """The member of an address in any case; raises `NotFound`."""
    member = _lookup(session, email)
    if member is None:
        raise NotFound(f"no member {email.strip().lower()!r}")
    return member


def members(session: Session) -> Sequence[Member]:
    """Everyone who may sign in, by address."""
    return session.scalars(select(Member).order_by(Member.email)).all()


def plain_email(email: str) -> str:
    """The address as it is stored; raises `BadInput`."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise BadInput("that is no e-mail address")
    return email


def _lookup(session: Session, email: str) -> Member | None:
    email = email.strip().lower()
    # What is no address can't be a member's, and might hold what a database refuses to compare (NUL, lone surrogates).
    return session.scalar(select(Member).where(Member.email == email)) if _EMAIL.fullmatch(email) else None


def _hash(password: str) -> str:
    password = _normal(password)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadInput(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return _hasher.hash(password)


def _normal(password: str) -> str:
    """One spelling for what looks the same on another keyboard (NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
