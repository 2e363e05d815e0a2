"""aws:iam Role and RolePolicy."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from urllib.parse import unquote

from botocore.exceptions import ClientError

from offline.plugins.aws.kind import Aws, Kind, Values, gone
from offline.plugins.aws.shapes import Struct, same


def _same_document(old: Any, new: Any) -> bool:
    return isinstance(old, str) and isinstance(new, str) and bool(json.loads(old) == json.loads(new))


def _document(found: Any, declared: Any) -> str:
    """As it was declared, where IAM has the same."""
    text = json.dumps(found) if not isinstance(found, str) else unquote(found)
    return str(declared) if _same_document(text, declared) else text


class Role(Kind):
    """Its id is its name."""

    shape: ClassVar[Struct] = Struct(same("name", "assumeRolePolicy", "description"))
    outputs: ClassVar[tuple[str, ...]] = ("arn", "uniqueId")
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name"})
    name: ClassVar[str | None] = "name"

    def equal(self, name: str, old: Any, new: Any) -> bool:
        return _same_document(old, new) if name == "assumeRolePolicy" else super().equal(name, old, new)

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        description = {"Description": values["description"]} if values.get("description") else {}
        made = aws.client("iam").create_role(
            RoleName=values["name"], AssumeRolePolicyDocument=values["assumeRolePolicy"], **description
        )["Role"]
        aws.client("iam").get_waiter("role_exists").wait(RoleName=values["name"])
        return values["name"], {"arn": made["Arn"], "uniqueId": made["RoleId"]}

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        try:
            found = aws.client("iam").get_role(RoleName=id)["Role"]
        except ClientError as error:
            if gone(error):
                return None
            raise
        trusted = _document(found["AssumeRolePolicyDocument"], values.get("assumeRolePolicy"))
        told = {"name": id, "assumeRolePolicy": trusted}
        if found.get("Description"):
            told["description"] = found["Description"]
        return {**values, **told}, {"arn": found["Arn"], "uniqueId": found["RoleId"]}

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        client = aws.client("iam")
        client.update_assume_role_policy(RoleName=id, PolicyDocument=values["assumeRolePolicy"])
        client.update_role(RoleName=id, Description=values.get("description") or "")
        found = client.get_role(RoleName=id)["Role"]
        return {"arn": found["Arn"], "uniqueId": found["RoleId"]}

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        try:
            aws.client("iam").delete_role(RoleName=id)
        except ClientError as error:
            if not gone(error):
                raise


class RolePolicy(Kind):
    """A policy inside a role; its id is `<role>:<name>`."""

    shape: ClassVar[Struct] = Struct(same("name", "role", "policy"))
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name", "role"})
    name: ClassVar[str | None] = "name"

    def equal(self, name: str, old: Any, new: Any) -> bool:
        return _same_document(old, new) if name == "policy" else super().equal(name, old, new)

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        return f"{values['role']}:{values['name']}", self.update(aws, "", values, {})

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        role, _, name = id.partition(":")
        try:
            found = aws.client("iam").get_role_policy(RoleName=role, PolicyName=name)
        except ClientError as error:
            if gone(error):
                return None
            raise
        return {**values, "role": role, "name": name, "policy": _document(found["PolicyDocument"], values.get("policy"))}, {}

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        aws.client("iam").put_role_policy(RoleName=values["role"], PolicyName=values["name"], PolicyDocument=values["policy"])
        return {}

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        role, _, name = id.partition(":")
        try:
            aws.client("iam").delete_role_policy(RoleName=role, PolicyName=name)
        except ClientError as error:
            if not gone(error):
                raise
