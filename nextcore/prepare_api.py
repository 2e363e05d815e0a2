"""The Go API, built before a resource is declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nextcore.errors import UserError, UserErrors
from nextcore.go_api import GoBinary, GoSource, build_go_api, go_api_image
from nextcore.go_api_sbom import sbom_attachment
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Compression, Layout, write_layout

ENV_EXAMPLE = ".env.example"


@dataclass(frozen=True)
class ApiImageOptions:
    """`base`: `debian`, or an image by digest. `pushed`: it goes to a registry, as layers of `compression`."""

    base: str
    labels: Mapping[str, str]
    compression: Compression
    pushed: bool


@dataclass(frozen=True)
class PreparedApi:
    """The API's name, its binary, and its image; the layout is there where images are pushed."""

    name: str
    binary: GoBinary
    image: BuiltImage
    layout: Layout | None

    @property
    def contents(self) -> str:
        """What is in the image, for previews."""
        return f"{self.binary.module} {self.binary.package}, {self.binary.size / 1e6:.1f} MB"


def prepare_api(name: str, source: GoSource, probe: Path, work: Path, arch: str, options: ApiImageOptions) -> PreparedApi:
    """Build `source` and the health probe (a Go module at `probe`) below `work`; what did not change is found there."""
    binary = build_go_api(source, work / "api", arch)
    prober = build_go_api(GoSource(probe), work / "health-probe", arch)
    image = go_api_image(binary, prober, work / "images", options.base, options.labels)
    layout = None
    if options.pushed:
        attached = [sbom_attachment(binary, prober, options.base)]
        layout = write_layout(image, work / "images", options.compression, attached)
    return PreparedApi(name, binary, image, layout)


def require_api_env(module: Path, given: Iterable[str], file: str) -> None:
    """Every name that the module's .env.example declares without a value must be set; all that are not, at once."""
    example = module / ENV_EXAMPLE
    if not example.is_file():
        return
    declared = [line.partition("=") for line in example.read_text().splitlines() if "=" in line and not line.startswith("#")]
    missing = sorted({name.strip() for name, _, value in declared if not value.strip()} - set(given))
    if missing:
        raise UserErrors(
            [
                UserError(
                    f"the API needs {name}, and nothing sets it ({ENV_EXAMPLE} declares it)",
                    f"{file}, nextcore:api.env.{name} or nextcore:apiSecrets.{name}",
                    f"pulumi config set --secret --path 'nextcore:apiSecrets.{name}' VALUE",
                )
                for name in missing
            ]
        )
