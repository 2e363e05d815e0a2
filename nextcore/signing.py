"""What signs users' tokens: an HS256 secret, or a key pair and the JWKS that its public half stands in.

Rotation keeps the former one for an overlap, in which its tokens are still accepted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

SECRET_BYTES = 48  # 64 characters; HS256 needs 32 bytes
RSA_BITS = 3072  # NIST SP 800-57: as strong as 128 bits, beyond 2030
MAX_AGE = timedelta(days=365)
JWK = dict[str, Any]  # RFC 7517: names to texts and numbers


@dataclass(frozen=True)
class Secret:
    """`previous` is accepted until `previous_until`; both are empty where there was none. Times are RFC 3339."""

    current: str
    created_at: str
    previous: str = ""
    previous_until: str = ""


@dataclass(frozen=True)
class KeyPair:
    """`private_key`: a JWK. `jwks`: the document with its public half and, until their `exp`, former ones."""

    private_key: str
    key_id: str
    jwks: str
    created_at: str


def first_secret(configured: str | None, now: datetime) -> Secret:
    """The one that the user configured, else a random one."""
    return Secret(configured or secrets.token_urlsafe(SECRET_BYTES), timestamp(now))


def rotate_secret(old: Secret, configured: str | None, overlap: int, now: datetime) -> Secret:
    """A new secret beside the former. `overlap` in seconds. A configured one rotates only to another."""
    if configured == old.current:
        return old
    made = first_secret(configured, now)
    return replace(made, previous=old.current, previous_until=timestamp(now + timedelta(seconds=overlap)))


def first_key_pair(algorithm: str, now: datetime) -> KeyPair:
    """`algorithm`: ES256 or RS256."""
    return _key_pair(algorithm, [], now)


def rotate_key_pair(old: KeyPair, algorithm: str, overlap: int, now: datetime) -> KeyPair:
    """A new pair; the former public key stays in the document with its end as `exp`, those that have ended go."""
    former = []
    for key in json.loads(old.jwks)["keys"]:
        end = key.get("exp", int((now + timedelta(seconds=overlap)).timestamp()))
        if end > now.timestamp():
            former.append({**key, "exp": end})
    return _key_pair(algorithm, former, now)


def age_warning(created_at: str, now: datetime) -> str | None:
    """What to tell about a secret that nobody has rotated for a year."""
    age = now - datetime.fromisoformat(created_at)
    if age <= MAX_AGE:
        return None
    return (
        f"the signing secret is {age.days} days old; raise nextcore:auth.rotation by one (or set another "
        "nextcore:secrets.NEXTAUTH_SECRET): tokens of the former one stay valid for nextcore:auth.overlap"
    )


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key_pair(algorithm: str, former: list[JWK], now: datetime) -> KeyPair:
    public, private = MAKERS[algorithm]()
    key_id = _thumbprint(public)
    told = {"alg": algorithm, "use": "sig", "kid": key_id}
    document = json.dumps({"keys": [{**public, **told}, *former]}, separators=(",", ":"))
    return KeyPair(json.dumps({**public, **private, **told}, separators=(",", ":")), key_id, document, timestamp(now))


def _es256() -> tuple[JWK, JWK]:
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    point = numbers.public_numbers
    return {"kty": "EC", "crv": "P-256", "x": _number(point.x, 32), "y": _number(point.y, 32)}, {
        "d": _number(numbers.private_value, 32)
    }


def _rs256() -> tuple[JWK, JWK]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS).private_numbers()
    public = {"kty": "RSA", "n": _number(key.public_numbers.n), "e": _number(key.public_numbers.e)}
    parts = {"d": key.d, "p": key.p, "q": key.q, "dp": key.dmp1, "dq": key.dmq1, "qi": key.iqmp}
    return public, {name: _number(value) for name, value in parts.items()}


MAKERS: dict[str, Callable[[], tuple[JWK, JWK]]] = {"ES256": _es256, "RS256": _rs256}


def _number(value: int, size: int | None = None) -> str:
    """RFC 7518, 6: big-endian, base64url without padding; `size` in bytes where it is fixed."""
    data = value.to_bytes(size or (value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _thumbprint(public: JWK) -> str:
    """RFC 7638."""
    digest = hashlib.sha256(json.dumps(public, sort_keys=True, separators=(",", ":")).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
