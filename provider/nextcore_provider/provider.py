"""The provider: finds the resource type's kind and speaks with the engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from threading import Event

from pulumi.provider.experimental import provider as p

from nextcore.errors import UserError
from provider.nextcore_provider.caddy_config import CaddyConfigKind
from provider.nextcore_provider.hook import HookKind
from provider.nextcore_provider.image import ImageKind
from provider.nextcore_provider.invalidation import InvalidationKind
from provider.nextcore_provider.property_diff import property_diffs
from provider.nextcore_provider.ready import ReadyKind
from provider.nextcore_provider.release import ReleaseKind
from provider.nextcore_provider.resource import Inputs, Kind, Outputs
from provider.nextcore_provider.signing import KeyPairKind, SigningSecretKind
from provider.nextcore_provider.values import plain_map, with_outputs, with_unknown

VERSION = "0.1.0"


def _kinds(cancelled: Event) -> Mapping[str, Kind]:
    return {
        "nextcore:oci:Image": ImageKind(),
        "nextcore:assets:Release": ReleaseKind(),
        "nextcore:caddy:Config": CaddyConfigKind(),
        "nextcore:cdn:Invalidation": InvalidationKind(),
        "nextcore:docker:Ready": ReadyKind(cancelled),
        "nextcore:docker:Hook": HookKind(),
        "nextcore:auth:SigningSecret": SigningSecretKind(),
        "nextcore:auth:KeyPair": KeyPairKind(),
    }


class NextCoreProvider(p.Provider):
    """CRUD of the types in _kinds."""

    def __init__(self) -> None:
        self._cancelled = Event()
        self._kinds = _kinds(self._cancelled)

    async def get_schema(self, request: p.GetSchemaRequest) -> p.GetSchemaResponse:
        return p.GetSchemaResponse(schema=json.dumps({"name": "nextcore", "version": VERSION}))

    async def cancel(self) -> None:
        """Ctrl-C: what is under way ends by itself (each step is small or has a deadline); nothing new begins."""
        self._cancelled.set()

    def _kind(self, urn_type: str) -> Kind:
        """The engine gives the types of all parents before the resource's own: `component$component$nextcore:oci:Image`."""
        return self._kinds[urn_type.rsplit("$", 1)[-1]]

    async def check(self, request: p.CheckRequest) -> p.CheckResponse:
        kind = self._kind(request.type)
        missing = sorted(kind.required - set(request.new_inputs))
        failures = [p.CheckFailure(key, "missing") for key in missing]
        added: Inputs = {}
        if not failures:
            old, new = plain_map(request.old_inputs), plain_map(request.new_inputs)
            added = await asyncio.to_thread(kind.described, old, new)
        return p.CheckResponse(inputs=with_outputs(request.new_inputs, added), failures=failures)

    async def diff(self, request: p.DiffRequest) -> p.DiffResponse:
        kind = self._kind(request.type)
        keys = (set(request.old_state) - kind.outputs | set(request.new_inputs)) - kind.not_compared - kind.shown
        changed = [key for key in sorted(keys) if request.old_state.get(key) != request.new_inputs.get(key)]
        changed = [key for key in changed if key not in request.ignore_changes]
        replaces = [key for key in changed if key in kind.replaced_by]
        detailed: dict[str, p.PropertyDiff] = {}
        for key in changed:
            detailed |= property_diffs(key, request.old_state.get(key), request.new_inputs.get(key), key in replaces)
        for key in kind.shown & set(request.new_inputs) if changed else ():
            detailed |= property_diffs(key, request.old_state.get(key), request.new_inputs.get(key), False)
        return p.DiffResponse(changes=bool(changed), replaces=replaces, diffs=changed, detailed_diff=detailed)

    async def create(self, request: p.CreateRequest) -> p.CreateResponse:
        kind = self._kind(request.type)
        if request.preview:
            return p.CreateResponse(properties=with_unknown(request.properties, kind.outputs))
        inputs = plain_map(request.properties)
        outputs = await self._write(kind, inputs)
        return p.CreateResponse(resource_id=kind.identity(inputs), properties=with_outputs(request.properties, outputs))

    async def update(self, request: p.UpdateRequest) -> p.UpdateResponse:
        if request.preview:
            return p.UpdateResponse(properties=with_unknown(request.news, self._kind(request.type).outputs))
        outputs = await self._write(self._kind(request.type), plain_map(request.news), plain_map(request.olds))
        return p.UpdateResponse(properties=with_outputs(request.news, outputs))

    async def _write(self, kind: Kind, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        if self._cancelled.is_set():
            raise UserError("cancelled", "", "run `pulumi up` again: it goes on from here")
        return await asyncio.to_thread(kind.write, inputs, old)

    async def read(self, request: p.ReadRequest) -> p.ReadResponse:
        inputs = plain_map(request.inputs)
        found = await asyncio.to_thread(self._kind(request.type).read, inputs, plain_map(request.properties))
        if found is None:
            return p.ReadResponse(resource_id="")
        changed = {key: value for key, value in found.items() if value != inputs.get(key)}
        return p.ReadResponse(
            resource_id=request.resource_id,
            properties=with_outputs(request.properties, changed),
            inputs=with_outputs(request.inputs, changed),
        )

    async def delete(self, request: p.DeleteRequest) -> None:
        await asyncio.to_thread(self._kind(request.type).delete, plain_map(request.properties))
