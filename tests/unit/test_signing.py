"""Secrets and key pairs: made once, rotated with an overlap, never a private half in a JWKS."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from nextcore.signing import (
    age_warning,
    first_key_pair,
    first_secret,
    rotate_key_pair,
    rotate_secret,
    timestamp,
)

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
WEEK = 7 * 86400
PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def test_a_generated_secret_is_long_and_its_own() -> None:
    one, two = first_secret(None, NOW), first_secret(None, NOW)
    assert len(one.current) == 64 and one.current != two.current
    assert (one.created_at, one.previous, one.previous_until) == ("2026-11-21T08:00:00Z", "", "")


def test_rotation_keeps_the_former_one_for_the_overlap() -> None:
    first = first_secret(None, NOW)
    second = rotate_secret(first, None, WEEK, NOW + timedelta(days=1))
    assert second.current != first.current
    assert (second.previous, second.previous_until) == (first.current, "2026-11-29T08:00:00Z")
    assert second.created_at == "2026-11-22T08:00:00Z"


def test_a_configured_secret_rotates_to_another_only() -> None:
    first = first_secret("a" * 40, NOW)
    assert rotate_secret(first, "a" * 40, WEEK, NOW) == first
    second = rotate_secret(first, "b" * 40, WEEK, NOW)
    assert (second.current, second.previous) == ("b" * 40, "a" * 40)
    third = rotate_secret(second, None, WEEK, NOW)
    assert len(third.current) == 64 and third.previous == "b" * 40


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_the_halves_of_a_pair_fit(algorithm: str) -> None:
    pair = first_key_pair(algorithm, NOW)
    private = json.loads(pair.private_key)
    (public,) = json.loads(pair.jwks)["keys"]
    assert not PRIVATE & set(public)
    assert public == {name: value for name, value in private.items() if name not in PRIVATE}
    assert (public["alg"], public["use"], public["kid"]) == (algorithm, "sig", pair.key_id)
    if algorithm == "ES256":
        numbers = ec.EllipticCurvePublicNumbers(number(public["x"]), number(public["y"]), ec.SECP256R1())
        signer = ec.EllipticCurvePrivateNumbers(number(private["d"]), numbers).private_key()
        numbers.public_key().verify(signer.sign(b"text", ec.ECDSA(hashes.SHA256())), b"text", ec.ECDSA(hashes.SHA256()))
    else:
        open_half = rsa.RSAPublicNumbers(number(public["e"]), number(public["n"]))
        part = {name: number(private[name]) for name in ("p", "q", "d", "dp", "dq", "qi")}
        key = rsa.RSAPrivateNumbers(
            p=part["p"], q=part["q"], d=part["d"], dmp1=part["dp"], dmq1=part["dq"], iqmp=part["qi"], public_numbers=open_half
        ).private_key()
        signature = key.sign(b"text", padding.PKCS1v15(), hashes.SHA256())
        open_half.public_key().verify(signature, b"text", padding.PKCS1v15(), hashes.SHA256())
        assert open_half.n.bit_length() == 3072


def test_rotated_keys_stay_in_the_document_until_their_end() -> None:
    first = first_key_pair("ES256", NOW)
    second = rotate_key_pair(first, "RS256", WEEK, NOW)
    third = rotate_key_pair(second, "ES256", WEEK, NOW + timedelta(days=3))
    keys = json.loads(third.jwks)["keys"]
    assert [key["kid"] for key in keys] == [third.key_id, second.key_id, first.key_id]
    ends = [key.get("exp") for key in keys]
    assert ends == [None, int((NOW + timedelta(days=10)).timestamp()), int((NOW + timedelta(days=7)).timestamp())]
    assert not PRIVATE & {name for key in keys for name in key}
    fourth = rotate_key_pair(third, "ES256", WEEK, NOW + timedelta(days=8))
    assert first.key_id not in [key["kid"] for key in json.loads(fourth.jwks)["keys"]]


def test_a_secret_older_than_a_year_is_told() -> None:
    created = timestamp(NOW)
    assert age_warning(created, NOW + timedelta(days=365)) is None
    told = age_warning(created, NOW + timedelta(days=366))
    assert told is not None and "366 days" in told and "nextcore:auth.rotation" in told
