"""The org's certificate: what its External Credential signs JWTs with."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

LIVES_S = 300


def new_key_pair() -> tuple[str, str]:
    """A private RSA key and its public half, as PEM."""
    return _pems(rsa.generate_private_key(65537, 2048))


class Certificate:
    """Made at first need: keys take a moment."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._key: rsa.RSAPrivateKey | None = None

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """The private key."""
        if self._key is None:
            self._key = rsa.generate_private_key(65537, 2048)
        return self._key

    @property
    def public_pem(self) -> str:
        """The public key alone."""
        return _pems(self.key)[1]

    @property
    def pem(self) -> str:
        """The certificate as an admin downloads it: X.509, signed by itself."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)])
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=365))
            .sign(self.key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, issuer: str, subject: str, audience: str, now: float) -> str:
        """A JWT (RS256) as the External Credential makes one for each callout."""
        claims = {
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "iat": int(now),
            "exp": int(now) + LIVES_S,
            "jti": secrets.token_hex(16),
        }
        return jwt.encode(claims, self.key, "RS256", headers={"kid": self._name})


def _pems(key: rsa.RSAPrivateKey) -> tuple[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
