"""The Pulumi program: build first, then declare, so that a preview knows real digests, routes and files."""

import json
import os
import sys
from pathlib import Path

import pulumi

from components.next_app import NextApp, NextAppArgs
from nextcore.app_image import app_image, attachments, caddy_image
from nextcore.checkpoint import export_checkpoint, remove_unrecorded
from nextcore.distribution import build_distribution
from nextcore.errors import UserError
from nextcore.oci.layout import write_layout
from nextcore.public_values import with_public_values
from nextcore.readiness import require_env
from stacks.load import load_settings

TOLD = 32  # the Python host's own code for "what went wrong has been said": it adds no words to it
PROJECT = Path(__file__).resolve().parent


def deploy() -> None:
    """Read the config, build, and declare the app."""
    stack = pulumi.get_stack()
    all_config = json.loads(os.environ.get("PULUMI_CONFIG", "{}"))
    secret_keys = set(json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]")))
    settings, secrets = load_settings(all_config, secret_keys, stack, os.environ.get("NEXTCORE_APP"))
    work = PROJECT / ".nextcore" / "build" / stack
    builder = PROJECT / "packages" / "distribution-builder"
    distribution = build_distribution(PROJECT / settings.app.path, work / "dist", builder, settings.build.options())
    distribution = with_public_values(distribution, settings.env, work / "released", f"stacks/Pulumi.{stack}.yaml")
    payload = distribution.payload
    require_env(payload, [*settings.env, *secrets], f"stacks/Pulumi.{stack}.yaml")
    name = settings.app.name or payload.app.name
    if not pulumi.runtime.is_dry_run():
        for left in remove_unrecorded(settings.docker_host, export_checkpoint(str(PROJECT), stack)):
            pulumi.log.info(f"{left}: left by an interrupted update, removed")
    image = app_image(distribution, work / "images", settings.image.base, settings.image.labels)
    layout = None
    if settings.registry:
        attached = attachments(distribution, settings.image.base)
        layout = write_layout(image, work / "images", settings.image.compression, attached)
    args = NextAppArgs(
        app=name,
        distribution=distribution,
        image=image,
        layout=layout,
        caddy=caddy_image(work / "images", payload.build.arch),
        settings=settings,
        secrets=pulumi.Output.secret(secrets) if secrets else None,
    )
    app = NextApp(name, args)
    pulumi.export("url", app.url)
    pulumi.export("imageDigest", app.digest)
    pulumi.export("buildId", payload.build.id)
    pulumi.export("routes", payload.route_summary())
    pulumi.export("assets", len(payload.assets))
    pulumi.export("executableBytes", payload.build.executable.size if payload.build.executable else 0)


try:
    deploy()
except UserError as error:
    pulumi.log.error(str(error))
    sys.exit(TOLD)
