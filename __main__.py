"""NextCore: the program that Pulumi runs. Builds the app of the selected stack, then declares what deploys it."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pulumi

from components.api_parts import ApiParts
from components.signing import Signing, merged
from nextcore.checkpoint import export_checkpoint, remove_unrecorded
from nextcore.errors import UserError
from nextcore.prepare import ImageOptions, Source, prepare
from nextcore.readiness import require_env
from stacks.api_build import build_api
from stacks.load import load_settings
from stacks.settings import StackSettings
from stacks.wiring import front_end_names, origins, public_env

PROJECT = Path(__file__).resolve().parent
TOLD = 32  # the Python host's own code for "what went wrong has been said": it adds no words to it


def deploy() -> None:
    """All mistakes in the settings are told before anything is built; all builds end before anything is declared."""
    stack = pulumi.get_stack()
    all_config = json.loads(os.environ.get("PULUMI_CONFIG", "{}"))
    secret_keys = set(json.loads(os.environ.get("PULUMI_CONFIG_SECRET_KEYS", "[]")))
    settings, secrets, api_secrets = load_settings(all_config, secret_keys, stack, os.environ.get("NEXTCORE_APP"))
    file, packages, work = f"stacks/Pulumi.{stack}.yaml", PROJECT / "packages", PROJECT / ".nextcore" / "build" / stack
    image = ImageOptions(settings.image.base, settings.image.labels, settings.image.compression, settings.registry is not None)
    source = Source(PROJECT / settings.app.path, settings.app.name, public_env(settings))
    built = prepare(source, work, packages / "distribution-builder", image)
    payload = built.distribution.payload
    require_env(payload, [*front_end_names(settings), *secrets], file)
    built_api = build_api(settings, api_secrets, built.app, payload, work, packages, file)
    signing = Signing("auth", settings.auth, secrets.get("NEXTAUTH_SECRET")) if settings.auth else None
    hidden = merged(secrets, signing.app if signing else None)
    api = None
    if built_api is not None:
        api = ApiParts(built_api, merged(api_secrets, signing.api if signing else None), image_buckets(settings))
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
        on_host = NextApp(built.app, NextAppArgs(built, settings, hidden, api))
        pulumi.export("url", on_host.url)
        pulumi.export("imageDigest", on_host.digest)
    pulumi.export("buildId", payload.build.id)
    pulumi.export("routes", payload.route_summary())
    pulumi.export("assets", len(payload.assets))
    pulumi.export("executableBytes", payload.build.executable.size if payload.build.executable else 0)


def image_buckets(settings: StackSettings) -> Sequence[pulumi.Resource]:
    """What an API that has buckets needs to be there."""
    if settings.image_buckets is None:
        return ()
    from components.image_buckets import ImageBuckets

    return ImageBuckets("images", settings.image_buckets, origins(settings)).ready


try:
    deploy()
except UserError as error:
    pulumi.log.error(str(error))
    sys.exit(TOLD)
