"""A Redis for tests is unpacked once, and found again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from offline import redis
from offline.setup.places import Places


def package(folder: Path, name: str) -> Path:
    """A Debian package with a program that says its name, and a library's folder."""
    program = folder / name / "usr/bin" / name
    program.parent.mkdir(parents=True)
    (folder / name / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "{name} $LD_LIBRARY_PATH $*"\n')
    program.chmod(0o755)
    control = folder / name / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.com>\nDescription: test\n")
    file = folder / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--build", str(folder / name), str(file)], check=True, capture_output=True)
    return file


def test_it_is_unpacked_with_its_libraries_and_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = Places(cache=tmp_path / "cache", repo=tmp_path)
    debs = [package(tmp_path, name) for name in redis.PROGRAMS]
    downloads: list[Path] = []

    def download(_packages: object, folder: Path) -> list[Path]:
        downloads.append(folder)
        return debs

    monkeypatch.setattr("offline.setup.apt.download", download)
    for _ in range(2):
        server = redis.ensure_redis(at)
        said = subprocess.run([server, "--port", "1"], check=True, capture_output=True, text=True).stdout.split()
        assert said[0] == "redis-server"
        assert said[1] == str(tmp_path / "cache/redis/root/usr/lib/x86_64-linux-gnu")
        assert said[2:] == ["--port", "1"]
    assert (server.parent / "redis-cli").exists()
    assert len(downloads) == 1
