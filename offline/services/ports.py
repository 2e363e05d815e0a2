"""Addresses as host:port."""

from __future__ import annotations

import socket


def free_address(host: str = "127.0.0.1") -> str:
    """An address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return f"{host}:{probe.getsockname()[1]}"


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, int(port))) == 0
