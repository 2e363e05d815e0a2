"""NEXT_PUBLIC_ values filled into static files before their release."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from nextcore.assets.manifest import manifest_digest
from nextcore.distribution import Distribution
from nextcore.errors import UserError, UserErrors
from nextcore.payload import load_payload
from nextcore.public_values import with_public_values
from tests.payloads import payload

BOOTSTRAP = "_next/static/chunks/turbopack-1-nextcorevalues00.js"
FILES = {
    BOOTSTRAP: 'env("nextcore-public-values")',
    "_next/static/chunks/a.js": "a()",
    "sw.js": '["/_next/static/chunks/turbopack-1-nextcorevalues00.js"]',
    "logo.png": '"nextcore-public-values" in a picture is none',
}


def distribution(folder: Path, names: dict[str, str | None] | None, **parts: Any) -> Distribution:
    assets = []
    for name, text in FILES.items():
        (folder / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "assets" / name).write_text(text)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        hashed = name.startswith("_next/")
        told = {"contentType": "text/plain", "cacheControl": "public", "immutable": hashed}
        assets.append({"path": f"/{name}", "file": name, "sha256": sha256, "size": len(text), **told})
    return Distribution(folder, payload(assets=assets, env={"atRuntime": names}, **parts), cached=False)


def test_each_environment_has_files_of_its_own_and_shares_the_rest(tmp_path: Path) -> None:
    dist = distribution(tmp_path / "dist", {"NEXT_PUBLIC_A": None, "NEXT_PUBLIC_B": "default"})
    stage = with_public_values(dist, {"NEXT_PUBLIC_A": "stage"}, tmp_path / "stage", "file")
    live = with_public_values(dist, {"NEXT_PUBLIC_A": "lïve", "OTHER": "x"}, tmp_path / "live", "file")
    names = [{asset.file for asset in each.payload.assets} for each in (stage, live)]
    assert names[0] & names[1] == {"_next/static/chunks/a.js", "sw.js", "logo.png"}
    assert manifest_digest(stage.payload.assets) != manifest_digest(live.payload.assets)
    for each, value in ((stage, "stage"), (live, "lïve")):
        assert load_payload(each.released / "payload.json") == each.payload
        for asset in each.payload.assets:
            content = (each.assets / asset.file).read_bytes()
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (asset.sha256, asset.size)
        bootstrap = next(asset for asset in each.payload.assets if "turbopack" in asset.file)
        text = (each.assets / bootstrap.file).read_text()
        assert json.loads(text.removeprefix("env(").removesuffix(")")) == {"NEXT_PUBLIC_A": value, "NEXT_PUBLIC_B": "default"}
        assert (each.assets / "sw.js").read_text() == json.dumps([bootstrap.path])
        assert (each.assets / "logo.png").read_text() == FILES["logo.png"]
    assert (dist.assets / BOOTSTRAP).read_text() == FILES[BOOTSTRAP]


def test_the_hash_is_the_servers(tmp_path: Path) -> None:
    dist = distribution(tmp_path / "dist", {"NEXT_PUBLIC_STORE_NAME": None})
    filled = with_public_values(dist, {"NEXT_PUBLIC_STORE_NAME": "Tom & <Co>"}, tmp_path / "out", "file")
    # What `server fill-assets` of a real build named it.
    assert any("turbopack-1-56d2efdec9b5e423.js" in asset.file for asset in filled.payload.assets)


def test_a_second_run_gives_the_same_and_a_plain_build_is_left_alone(tmp_path: Path) -> None:
    dist = distribution(tmp_path / "dist", {"NEXT_PUBLIC_A": "x"})
    first = with_public_values(dist, {}, tmp_path / "out", "file")
    assert with_public_values(dist, {}, tmp_path / "out", "file") == first
    plain = distribution(tmp_path / "plain", None)
    assert with_public_values(plain, {"NEXT_PUBLIC_A": "x"}, tmp_path / "none", "file") is plain


def test_all_wrong_values_are_told_at_once(tmp_path: Path) -> None:
    dist = distribution(tmp_path / "dist", {"NEXT_PUBLIC_A": None, "NEXT_PUBLIC_B": None, "NEXT_PUBLIC_C": None})
    with pytest.raises(UserErrors) as caught:
        with_public_values(dist, {"NEXT_PUBLIC_A": "", "NEXT_PUBLIC_B": 'a"b'}, tmp_path / "out", "stacks/Pulumi.live.yaml")
    assert "NEXT_PUBLIC_B has a quote" in str(caught.value)
    assert "stacks/Pulumi.live.yaml, nextcore:env.NEXT_PUBLIC_C" in str(caught.value)
    assert "NEXT_PUBLIC_A " not in str(caught.value)


def test_a_redirect_made_of_such_a_value_is_refused(tmp_path: Path) -> None:
    images = {"path": "https://next-public-cdn.nextcore.invalid/image"}
    dist = distribution(tmp_path / "dist", {"NEXT_PUBLIC_CDN": None}, app={"images": images})
    with pytest.raises(UserError, match="next-public-cdn"):
        with_public_values(dist, {"NEXT_PUBLIC_CDN": "https://cdn.example"}, tmp_path / "out", "file")
