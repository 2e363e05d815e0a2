"""The provider: finds the resource type's kind and speaks with the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from pulumi.provider.experimental import provider as p

from provider.nextcore_provider.caddy_config import CaddyConfigKind
from provider.nextcore_provider.image import ImageKind
from provider.nextcore_provider.invalidation import InvalidationKind
from provider.nextcore_provider.release import ReleaseKind
from provider.nextcore_provider.resource import Kind
from provider.nextcore_provider.values import plain_map, with_outputs

KINDS: Mapping[str, Kind] = {
    "nextcore:oci:Image": ImageKind(),
    "nextcore:assets:Release": ReleaseKind(),
    "nextcore:caddy:Config": CaddyConfigKind(),
    "nextcore:cdn:Invalidation": InvalidationKind(),
}


class NextCoreProvider(p.Provider):
    """CRUD of nextcore:oci:Image, nextcore:assets:Release, nextcore:caddy:Config and nextcore:cdn:Invalidation."""

    async def get_schema(self, request: p.GetSchemaRequest) -> p.GetSchemaResponse:
        return p.GetSchemaResponse(schema='{"name":"nextcore","version":"0.1.0"}')

    async def diff(self, request: p.DiffRequest) -> p.DiffResponse:
        kind = _kind(request.type)
        keys = (set(request.old_state) & _inputs_of(request) | set(request.new_inputs)) - kind.not_compared
        changed = [key for key in sorted(keys) if request.old_state.get(key) != request.new_inputs.get(key)]
        changed = [key for key in changed if key not in request.ignore_changes]
        replaces = [key for key in changed if key in kind.replaced_by]
        kinds = {key: p.PropertyDiffKind.UPDATE_REPLACE if key in replaces else p.PropertyDiffKind.UPDATE for key in changed}
        detailed = {key: p.PropertyDiff(how, input_diff=True) for key, how in kinds.items()}
        return p.DiffResponse(changes=bool(changed), replaces=replaces, diffs=changed, detailed_diff=detailed)

    async def create(self, request: p.CreateRequest) -> p.CreateResponse:
        kind = _kind(request.type)
        if request.preview:
            return p.CreateResponse(properties=dict(request.properties))
        inputs = plain_map(request.properties)
        outputs = await asyncio.to_thread(kind.write, inputs)
        return p.CreateResponse(resource_id=kind.identity(inputs), properties=with_outputs(request.properties, outputs))

    async def update(self, request: p.UpdateRequest) -> p.UpdateResponse:
        if request.preview:
            return p.UpdateResponse(properties=dict(request.news))
        outputs = await asyncio.to_thread(_kind(request.type).write, plain_map(request.news))
        return p.UpdateResponse(properties=with_outputs(request.news, outputs))

    async def read(self, request: p.ReadRequest) -> p.ReadResponse:
        inputs = plain_map(request.inputs)
        found = await asyncio.to_thread(_kind(request.type).read, inputs, plain_map(request.properties))
        if found is None:
            return p.ReadResponse(resource_id="")
        changed = {key: value for key, value in found.items() if value != inputs.get(key)}
        return p.ReadResponse(
            resource_id=request.resource_id,
            properties=with_outputs(request.properties, changed),
            inputs=with_outputs(request.inputs, changed),
        )

    async def delete(self, request: p.DeleteRequest) -> None:
        await asyncio.to_thread(_kind(request.type).delete, plain_map(request.properties))


def _kind(urn_type: str) -> Kind:
    """The engine gives the types of all parents before the resource's own: `component$component$nextcore:oci:Image`."""
    return KINDS[urn_type.rsplit("$", 1)[-1]]


def _inputs_of(request: p.DiffRequest) -> set[str]:
    """Keys of the old state that are inputs. Outputs are told by their absence from every kind's inputs."""
    return set(request.old_state) - {"reference", "retainedBuilds", "changedPaths", "generation", "purged"}
