"""The SBOM of an image: the builder's list of npm packages, and the base's Debian packages."""

from __future__ import annotations

import tarfile
from email.parser import Parser
from typing import Any

from nextcore.oci.base import BaseImage

STATUS = "var/lib/dpkg/status.d/"  # one file a package, as distroless images have it


def with_base_packages(sbom: dict[str, Any], base: BaseImage) -> dict[str, Any]:
    """`sbom` (CycloneDX) with the base's packages among its components."""
    return {**sbom, "components": [*sbom["components"], *_debian_packages(base)]}


def _debian_packages(base: BaseImage) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for layer in base.layers:
        with tarfile.open(layer.path) as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                file = archive.extractfile(member) if member.isfile() and name.startswith(STATUS) else None
                if file is None or name.endswith(".md5sums"):
                    continue
                control = Parser().parsestr(file.read().decode(errors="replace"), headersonly=True)
                package, version, arch = control["Package"], control["Version"], control["Architecture"]
                purl = f"pkg:deb/debian/{package}@{version}?arch={arch}"
                found[purl] = {"type": "library", "bom-ref": purl, "name": package, "version": version, "purl": purl}
    return [found[purl] for purl in sorted(found)]
