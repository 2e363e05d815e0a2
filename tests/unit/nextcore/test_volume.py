"""Static files of a release."""

from __future__ import annotations

import hashlib

import pytest

from nextcore.assets.manifest import manifest_digest
from nextcore.assets.variants import validator_time
from nextcore.payload import Asset


def asset(path: str, content: bytes) -> Asset:
    return Asset(
        path=path, file=path.lstrip("/"), sha256=hashlib.sha256(content).hexdigest(), size=len(content),
        content_type="text/plain", cache_control="", immutable=False,
    )  # fmt: skip


def test_two_contents_of_one_size_have_two_times() -> None:
    """Caddy's ETag is made of time and size alone."""
    assert validator_time(asset("/a", b"one").sha256) != validator_time(asset("/a", b"two").sha256)
    assert validator_time(asset("/a", b"one").sha256) == validator_time(asset("/b", b"one").sha256)


@pytest.mark.parametrize("sha", ["0" * 64, "f" * 64])
def test_times_are_in_the_past(sha: str) -> None:
    assert 0 < validator_time(sha) <= 1_700_000_000


def test_manifest_digest_ignores_order_and_sees_content() -> None:
    one, two = asset("/a", b"1"), asset("/b", b"2")
    assert manifest_digest([one, two]) == manifest_digest([two, one])
    assert manifest_digest([one, two]) != manifest_digest([one, asset("/b", b"3")])
