"""NextCore: the program that Pulumi runs. Builds the app of the selected stack, then declares what deploys it."""

import json
import os
import sys
from pathlib import Path

import pulumi

from nextcore.checkpoint import export_checkpoint, remove_unrecorded
from nextcore.errors import UserError
from nextcore.prepare import ImageOptions, prepare
from nextcore.readiness import require_env
from stacks.load import load_settings

PROJECT = Path(__file__).resolve().parent
TOLD = 32  # the Python host's own code for "what went wrong has been said": it adds no words to it


def deploy() -> None:
    """All mistakes in the settings are told before anything is built; all builds end before anything is declared."""
    stack = pulumi.get_stack()
    all_config = json.loads(os.environ.get("PULUMI_CONFIG", "{}"))
    secret_keys = set(json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]")))
    settings, secrets = load_settings(all_config, secret_keys, stack, os.environ.get("NEXTCORE_APP"))
    work, builder = PROJECT / ".nextcore" / "build" / stack, PROJECT / "packages" / "distribution-builder"
    image = ImageOptions(settings.image.base, settings.image.labels, settings.image.compression, settings.registry is not None)
    built = prepare(PROJECT / settings.app.path, settings.app.name, work, builder, image)
    payload = built.distribution.payload
    require_env(payload, [*settings.env, *secrets], f"stacks/Pulumi.{stack}.yaml")
    hidden = pulumi.Output.secret(secrets) if secrets else None
    # Each target loads what it needs alone: boto3 costs a preview of a Docker host 0.3 s.
    if settings.target == "knative":
        from components.next_app_on_knative import NextAppOnKnative, NextAppOnKnativeArgs

        in_cluster = NextAppOnKnative(built.app, NextAppOnKnativeArgs(built, settings, hidden))
        pulumi.export("revision", in_cluster.revision)
        pulumi.export("url", in_cluster.url)
        pulumi.export("imageDigest", in_cluster.digest)
    else:
        from components.next_app import NextApp, NextAppArgs

        if not pulumi.runtime.is_dry_run():
            for left in remove_unrecorded(settings.docker_host, export_checkpoint(str(PROJECT), stack)):
                pulumi.log.info(f"{left}: left by an interrupted update, removed")
        on_host = NextApp(built.app, NextAppArgs(built, settings, hidden))
        pulumi.export("url", on_host.url)
        pulumi.export("imageDigest", on_host.digest)
    pulumi.export("buildId", payload.build.id)
    pulumi.export("routes", payload.route_summary())
    pulumi.export("assets", len(payload.assets))
    pulumi.export("executableBytes", payload.build.executable.size if payload.build.executable else 0)


try:
    deploy()
except UserError as error:
    pulumi.log.error(str(error))
    sys.exit(TOLD)
