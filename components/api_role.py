"""The API's identity on AWS: a role that its ServiceAccount's token is exchanged for, so that it needs no keys."""

from __future__ import annotations

import json

import pulumi
from pulumi_aws import iam

from components.image_buckets import ORIGINALS, UPLOADS, objects, policy
from stacks.api_settings import ImageBucketsSettings

ANNOTATION = "eks.amazonaws.com/role-arn"  # EKS' own webhook, or amazon-eks-pod-identity-webhook, gives pods the token


class ApiRole(pulumi.ComponentResource):
    """`arn`, known when the role may do what it has to. A presigned address has its signer's rights, and no more."""

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        buckets: ImageBucketsSettings,
        namespace: str,
        account: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("nextcore:components:ApiRole", name, {}, opts)
        if buckets.role is None:
            raise ValueError("buckets without `role` have no ApiRole")
        child = pulumi.ResourceOptions(parent=self)
        trusted = trust(buckets.role.oidc_provider, namespace, account)
        role = iam.Role(name, assume_role_policy=trusted, description=f"NextCore: {namespace}/{account}", opts=child)
        allowed = policy(objects(buckets.originals, (UPLOADS, ORIGINALS)), objects(buckets.derived, ("",)))
        permissions = iam.RolePolicy(f"{name}-buckets", role=role.name, policy=allowed, opts=child)
        self.arn = pulumi.Output.all(role.arn, permissions.id).apply(lambda known: str(known[0]))
        self.register_outputs({"arn": self.arn})


def trust(provider: str, namespace: str, account: str) -> str:
    """Who may take the role: this ServiceAccount of the cluster whose issuer is `provider` (its ARN), and no other."""
    issuer = provider.partition(":oidc-provider/")[2]
    claims = {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": f"system:serviceaccount:{namespace}:{account}"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
