"""Everything that is built before a resource is declared, so that a preview knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nextcore.app_image import app_image, attachments, caddy_image
from nextcore.distribution import Distribution, build_distribution
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Compression, Layout, write_layout


@dataclass(frozen=True)
class ImageOptions:
    """`base`: `debian`, or an image by digest. `pushed`: it goes to a registry, as layers of `compression`."""

    base: str
    labels: Mapping[str, str]
    compression: Compression
    pushed: bool


@dataclass(frozen=True)
class Prepared:
    """The app's name, its build, its image and Caddy's. Layouts are there where images are pushed."""

    app: str
    distribution: Distribution
    image: BuiltImage
    layout: Layout | None
    caddy: BuiltImage
    caddy_layout: Layout | None

    @property
    def contents(self) -> str:
        """What is in the image, for previews."""
        build = self.distribution.payload.build
        return f"next {build.next_version}, bun {build.bun_version}, build {build.id}"


def prepare(source: Path, name: str | None, work: Path, builder: Path, options: ImageOptions) -> Prepared:
    """Build the app in `source` below `work`; what did not change is found there."""
    distribution = build_distribution(source, work / "dist", builder)
    images = work / "images"
    image = app_image(distribution, images, options.base, options.labels)
    caddy = caddy_image(images, distribution.payload.build.arch)
    layout, caddy_layout = None, None
    if options.pushed:
        layout = write_layout(image, images, options.compression, attachments(distribution, options.base))
        caddy_layout = write_layout(caddy, images, options.compression)
    return Prepared(name or distribution.payload.app.name, distribution, image, layout, caddy, caddy_layout)
