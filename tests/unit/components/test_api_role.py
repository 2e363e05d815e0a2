"""The role that the API's ServiceAccount gets on AWS: who may take it, and what it may."""

from __future__ import annotations

import json

from components.api_role import trust
from components.image_buckets import ORIGINALS, UPLOADS, objects

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC"


def test_one_service_account_of_one_cluster_may_take_it() -> None:
    (statement,) = json.loads(trust(PROVIDER, "web", "shop-api"))["Statement"]
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "oidc.eks.eu-central-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com",
            "oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:web:shop-api",
        }
    }


def test_it_may_use_objects_and_nothing_of_the_bucket_itself() -> None:
    statement = objects("shop-originals", (UPLOADS, ORIGINALS))
    assert statement["Action"] == ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    assert statement["Resource"] == ["arn:aws:s3:::shop-originals/uploads/*", "arn:aws:s3:::shop-originals/originals/*"]
    assert "Principal" not in statement
