"""NextCore: the program that Pulumi runs. Builds the app of the selected stack, then declares what deploys it."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pulumi

from components.deployment import declare
from nextcore.checkpoint import export_checkpoint
from nextcore.docker_host import make_ready
from nextcore.errors import UserError
from nextcore.leftovers import remove_unused
from nextcore.prepare import AppSource, ImageOptions, prepare, promote
from nextcore.readiness import require_env
from stacks.api_build import build_api
from stacks.load import engine_config, load_settings
from stacks.wiring import front_end_names, public_env

PROJECT = Path(__file__).resolve().parent
TOLD = 32  # the Python host's own code for "what went wrong has been said": it adds no words to it


def deploy() -> None:
    """All mistakes in the settings are told before anything is built; all builds end before anything is declared."""
    stack = pulumi.get_stack()
    settings, secrets, api_secrets = load_settings(*engine_config(os.environ), stack, os.environ.get("NEXTCORE_APP"))
    on_host, beside = settings.target == "docker", ThreadPoolExecutor(2)
    # Both take as long as the look whether the app has changed, 0.2 s: side by side with it.
    beside.submit(import_module, "components.next_app" if on_host else "components.next_app_on_knative")
    touches_host = on_host and not pulumi.runtime.is_dry_run()
    checkpoint = beside.submit(export_checkpoint, str(PROJECT), stack) if touches_host else None
    file, packages, work = f"stacks/Pulumi.{stack}.yaml", PROJECT / "packages", PROJECT / ".nextcore" / "build" / stack
    image = ImageOptions(settings.image.base, settings.image.labels, settings.image.compression, settings.registry is not None)
    if release := settings.release_source:
        built = promote(release.reference, release.digest, settings.app.name, work, image)
    else:
        app = AppSource(PROJECT / settings.app.path, settings.app.name, settings.build.options(), public_env(settings))
        built = prepare(app, work, packages / "distribution-builder", image)
    built = built.with_public_values({**settings.env, **public_env(settings)}, work / "released", file)
    payload = built.distribution.payload
    require_env(payload, [*front_end_names(settings), *secrets], file)
    built_api = build_api(settings, api_secrets, built.app, payload, work, packages, file)
    remove_unused(work)
    if checkpoint:
        for left in make_ready(settings.docker_host, checkpoint.result(), settings.proxy.own, file):
            pulumi.log.info(f"{left}: left by an interrupted update, removed")
    for name, value in declare(settings, built, built_api, secrets, api_secrets).items():
        pulumi.export(name, value)


try:
    deploy()
except UserError as error:
    pulumi.log.error(str(error))
    sys.exit(TOLD)
