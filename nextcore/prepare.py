"""Everything that is built before a resource is declared, so that a preview knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nextcore.app_image import app_image, caddy_image
from nextcore.attachments import attachments
from nextcore.distribution import Distribution, build_distribution
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Compression, Layout, write_layout
from nextcore.promotion import promoted
from nextcore.public_values import with_public_values


@dataclass(frozen=True)
class ImageOptions:
    """`base`: `debian`, or an image by digest. `pushed`: it goes to a registry, as layers of `compression`."""

    base: str
    labels: Mapping[str, str]
    compression: Compression
    pushed: bool


@dataclass(frozen=True)
class AppSource:
    """The app's folder, its name where it is not the package's, `options` of the builder's command, and NEXT_PUBLIC_
    variables for its build."""

    path: Path
    name: str | None = None
    options: Sequence[str] = ()
    public: Mapping[str, str] = field(default_factory=dict)


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

    def with_public_values(self, env: Mapping[str, str], out: Path, file: str) -> Prepared:
        """With NEXT_PUBLIC_ values of the stack in the static files, where the build left them open; `file`: for errors."""
        return replace(self, distribution=with_public_values(self.distribution, env, out, file))


def prepare(app: AppSource, work: Path, builder: Path, options: ImageOptions) -> Prepared:
    """Build the app below `work`; what did not change is found there."""
    distribution = build_distribution(app.path, work / "dist", builder, app.options, app.public)
    image = app_image(distribution, work / "images", options.base, options.labels)
    layout = None
    if options.pushed:
        layout = write_layout(image, work / "images", options.compression, attachments(distribution, options.base))
    return _with_caddy(app.name, distribution, image, layout, work, options)


def promote(reference: str, digest: str, name: str | None, work: Path, options: ImageOptions) -> Prepared:
    """A release that another stack pushed, instead of a build; kept below `work`."""
    distribution, image, layout = promoted(reference, digest, work)
    return _with_caddy(name, distribution, image, layout if options.pushed else None, work, options)


def _with_caddy(
    name: str | None, distribution: Distribution, image: BuiltImage, layout: Layout | None, work: Path, options: ImageOptions
) -> Prepared:
    caddy = caddy_image(work / "images", distribution.payload.build.arch)
    caddy_layout = write_layout(caddy, work / "images", options.compression) if options.pushed else None
    return Prepared(name or distribution.payload.app.name, distribution, image, layout, caddy, caddy_layout)
