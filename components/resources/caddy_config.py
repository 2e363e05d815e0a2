"""nextcore:caddy:Config."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.resources._custom import register


class CaddyConfigArgs(TypedDict):
    """`site` is the app's part, `main` the Caddyfile that all apps share. `routes` (path to kind) is for previews.

    `upstream` and `build` name the live version: host:port, and the folder of its public files.
    """

    app: pulumi.Input[str]
    container: pulumi.Input[str]
    site: pulumi.Input[str]
    main: pulumi.Input[str]
    upstream: pulumi.Input[str]
    build: pulumi.Input[str]
    routes: pulumi.Input[dict[str, str]]
    dockerHost: pulumi.Input[str] | None


class CaddyConfig(pulumi.CustomResource):
    """An app's site, live in the proxy."""

    def __init__(self, name: str, args: CaddyConfigArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        register(self, "nextcore:caddy:Config", name, args, opts)
