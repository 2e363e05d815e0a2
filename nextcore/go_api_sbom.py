"""What is in a Go API's image, as CycloneDX: the modules that its binaries say they were built from, and the base's packages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from nextcore.attachments import SBOM
from nextcore.errors import UserError
from nextcore.go_api import GoBinary, api_base
from nextcore.go_module import go, told
from nextcore.oci.layout import Attachment
from nextcore.oci.sbom import with_base_packages

SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"


def sbom_attachment(binary: GoBinary, probe: GoBinary, base: str) -> Attachment:
    """The SBOM of the image that `go_api_image` makes of the same. The same binaries give the same bytes."""
    found = with_base_packages(go_sbom(binary, probe), api_base(base, binary.arch))
    return Attachment.of(SBOM, "sbom.cdx.json", json.dumps(found, sort_keys=True).encode())


def go_sbom(binary: GoBinary, *helpers: GoBinary) -> dict[str, Any]:
    """Of the API's binary and of programs beside it, without the base."""
    components = {found["bom-ref"]: found for each in (binary, *helpers) for found in _components(each)}
    for helper in helpers:
        components[helper.module] = {"type": "application", "bom-ref": helper.module, "name": helper.module}
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "app", "name": binary.module, "purl": _purl(binary.module)}},
        "components": [components[ref] for ref in sorted(components)],
    }


def _components(binary: GoBinary) -> Iterator[dict[str, str]]:
    answer = go(binary.path.parent, ["version", "-m", "-json", binary.path.name])
    if answer.returncode != 0:
        raise UserError(
            f"Go cannot tell what the API was built from: {told(answer.stderr)}", str(binary.path), "use the Go of go.mod"
        )
    info = json.loads(answer.stdout)
    yield _component("stdlib", info["GoVersion"].removeprefix("go").split(" ", 1)[0])  # by the name that scanners look for
    for module in info.get("Deps") or []:
        # What go.mod replaces is not what was built in. A folder that replaces it has no version.
        used = module.get("Replace") or module
        if used["Path"].startswith((".", "/")):
            yield _component(module["Path"], None)
        else:
            yield _component(used["Path"], used.get("Version"))


def _component(name: str, version: str | None) -> dict[str, str]:
    purl = _purl(name, version)
    found = {"type": "library", "bom-ref": purl, "name": name, "purl": purl}
    return {**found, "version": version} if version else found


def _purl(module: str, version: str | None = None) -> str:
    """The purl specification writes Go modules in small letters."""
    path = "/".join(quote(part, safe="") for part in module.lower().split("/"))
    return f"pkg:golang/{path}" + (f"@{quote(version, safe='')}" if version else "")
