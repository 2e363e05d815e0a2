"""What a resource type of this stand-in is made of, and the clients that all of them use."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from offline.plugins.aws.shapes import Struct

Values = dict[str, Any]  # properties by Pulumi's name: JSON of any kind, hence Any
TIMES = Config(retries={"mode": "standard", "max_attempts": 8}, connect_timeout=5, read_timeout=60)


@dataclass
class Aws:
    """boto3's own chain finds credentials and region; the provider's configuration wins over it."""

    region: str | None = None
    profile: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    path_style: bool = False
    _clients: dict[tuple[str, str | None], Any] = field(default_factory=dict)

    def client(self, service: str, region: str | None = None) -> Any:
        """boto3 makes its clients from JSON at run time: they have no static type."""
        key = service, region or self.region or os.environ.get("AWS_REGION")  # boto3 itself reads AWS_DEFAULT_REGION alone
        if key not in self._clients:
            session = boto3.Session(profile_name=self.profile, region_name=key[1])
            config = TIMES.merge(Config(s3={"addressing_style": "path"})) if self.path_style else TIMES
            endpoint = self.endpoints.get(service.replace("-", ""))
            region_name = session.region_name or "us-east-1"
            self._clients[key] = session.client(service, endpoint_url=endpoint, region_name=region_name, config=config)
        return self._clients[key]


class Kind(ABC):
    """Create, read, update and delete of one resource type, in plain Python values."""

    shape: ClassVar[Struct]
    extra: ClassVar[frozenset[str]] = frozenset()  # properties that are no part of `shape`
    outputs: ClassVar[tuple[str, ...]] = ()
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    name: ClassVar[str | None] = None  # the property that gets a name made up where none is given

    def inputs(self) -> frozenset[str]:
        return frozenset(self.shape.fields) | self.extra | {"region"}

    def equal(self, name: str, old: Any, new: Any) -> bool:
        """Whether two values of a property mean the same."""
        return bool(old == new)

    @abstractmethod
    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        """(id, outputs)."""

    @abstractmethod
    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        """(properties, outputs) as they are in the world; None where the resource is gone."""

    @abstractmethod
    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        """Bring it to `values`; outputs."""

    @abstractmethod
    def delete(self, aws: Aws, id: str, values: Values) -> None:
        """Remove it; no error where it is gone already."""


def gone(error: ClientError, *codes: str) -> bool:
    """Whether AWS says that there is no such thing."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code in codes or code.startswith(("NoSuch", "ResourceNotFound", "EntityNotFound")) or code == "404"


def found_in(shape: Struct, answer: Mapping[str, Any], values: Values) -> Values:
    """`values` as AWS has them now: what AWS fills in by itself stays out unless it was set."""
    found = shape.read(answer) or {}
    named = {name: value for name, value in values.items() if name not in shape.fields}
    return named | {name: _like(values.get(name), value) for name, value in found.items()}


def _like(wanted: Any, found: Any) -> Any:
    """`found` without what was never set below `wanted`; lists that hold the same are in the order that was set."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {name: _like(wanted[name], found[name]) for name in wanted if name in found}
    if isinstance(wanted, list) and isinstance(found, list):
        if all(isinstance(item, str) for item in wanted + found) and sorted(wanted) == sorted(found):
            return wanted
        if len(wanted) == len(found):
            return [_like(one, other) for one, other in zip(wanted, found, strict=True)]
    return found
