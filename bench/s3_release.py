"""How long a release of static files to S3 takes, beside s5cmd on the same server in the same run.

    python -m bench.s3_release [--files 5000] [--megabytes 60] [--runs 5]

5,000 files with sizes as Next's chunks have them (log-normal); first upload into an empty bucket, then a second with
20 changed. Runs alternate between the two programs. Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from nextcore.assets.manifest import manifest_digest
from nextcore.assets.s3 import S3Store, S3Target
from nextcore.payload import Asset
from offline.setup.go_tools import GoTool, build
from offline.setup.places import places
from tests.s3.server import ACCESS_KEY, REGION, SECRET_KEY, S3Server, running

S5CMD = GoTool("s5cmd", "toolchain/s5cmd", "github.com/peak/s5cmd/v2", "", 20)
CHANGED = 20


def make_files(root: Path, count: int, size: int, dice: random.Random) -> list[Asset]:
    shape = [dice.lognormvariate(0, 1.2) for _ in range(count)]
    return [make_file(root, number, max(200, int(size * part / sum(shape))), dice) for number, part in enumerate(shape)]


def make_file(root: Path, number: int, size: int, dice: random.Random) -> Asset:
    hashed = number % 10 != 0
    name = f"_next/static/chunks/{number:05d}.js" if hashed else f"images/{number:05d}.svg"
    words = [f"function f{dice.randrange(1 << 20)}(){{return {dice.random()}}}" for _ in range(size // 40 + 1)]
    content = "\n".join(words).encode()[:size]
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)
    kind = "text/javascript; charset=utf-8" if hashed else "image/svg+xml"
    sha256 = hashlib.sha256(content).hexdigest()
    return Asset(
        path=f"/{name}", file=name, sha256=sha256, size=size, content_type=kind, cache_control="public", immutable=hashed
    )


def ours(server: S3Server, bucket: str, assets: list[Asset], root: Path) -> float:
    manifest = manifest_digest(assets)
    start = time.perf_counter()
    store = S3Store(S3Target(bucket, "shop", server.endpoint, REGION), server.session())
    store.release(manifest[-8:], manifest, assets, root, 5)
    return time.perf_counter() - start


def s5cmd(program: Path, server: S3Server, bucket: str, root: Path) -> float:
    env = {**os.environ, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION}
    command = [str(program), "--endpoint-url", server.endpoint, "--log", "error", "sync", f"{root}/", f"s3://{bucket}/shop/"]
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--megabytes", type=float, default=60)
    parser.add_argument("--runs", type=int, default=5)
    wanted = parser.parse_args()
    program = places().bin / S5CMD.name
    build(S5CMD, places(), program)
    dice = random.Random(1)
    times: dict[str, list[float]] = {"ours first": [], "ours second": [], "s5cmd first": [], "s5cmd second": []}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "s3") as server:
        root = Path(folder) / "assets"
        assets = make_files(root, wanted.files, int(wanted.megabytes * 1e6), dice)
        for run in range(wanted.runs):
            for bucket in (f"ours-{run}", f"s5cmd-{run}"):
                server.client.create_bucket(Bucket=bucket)
            times["ours first"].append(ours(server, f"ours-{run}", assets, root))
            times["s5cmd first"].append(s5cmd(program, server, f"s5cmd-{run}", root))
            for number in dice.sample(range(wanted.files), CHANGED):
                assets[number] = make_file(root, number, assets[number].size, dice)
            times["s5cmd second"].append(s5cmd(program, server, f"s5cmd-{run}", root))
            times["ours second"].append(ours(server, f"ours-{run}", assets, root))
    total = sum(asset.size for asset in assets) / 1e6
    print(f"{wanted.files} files, {total:.1f} MB, median of {wanted.runs} runs, seconds (least-most)")
    for name, found in times.items():
        print(f"  {name:<14} {statistics.median(found):6.2f}  ({min(found):.2f}-{max(found):.2f})")
    print(json.dumps({name.replace(" ", "_"): round(statistics.median(found), 3) for name, found in times.items()}))


if __name__ == "__main__":
    main()
