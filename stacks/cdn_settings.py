"""What may stand under `nextcore:s3` and `nextcore:cdn`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from nextcore.caddyfile import DEFAULT_CSP
from stacks.base import Settings

BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
Domain = Annotated[str, StringConstraints(pattern=r"^(?:[a-z0-9*](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")]
Endpoint = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")]


class S3Settings(Settings):
    """Where the static files lie. Credentials are never here: boto3's own chain finds them."""

    bucket: BucketName
    create: bool = Field(default=True, description="false: the bucket is there already and stays as it is")
    endpoint: Endpoint | None = Field(default=None, description="Default: AWS. R2, MinIO, Ceph, versitygw: their URL")
    region: str | None = Field(default=None, description="Default: that of the AWS configuration")
    protect: bool = Field(default=True, description="`pulumi destroy` refuses; false: it deletes the bucket with all in it")
    versioning: bool = Field(default=False, description="Keep what was overwritten; costs storage until it is expired")
    keep_versions: int = Field(default=30, ge=1, description="Days that overwritten and deleted versions stay")
    stored: Literal["auto", "identity", "gzip", "br"] = Field(
        default="auto", description="Encoding of hashed scripts and styles; auto: gzip without a CDN, as one compresses by itself"
    )


class CdnSettings(Settings):
    """CloudFront. `cdn: none` leaves it out."""

    origin: Domain = Field(description="Host name of the cluster's gateway; CloudFront sends it as Host")
    origin_protocol: Literal["https-only", "http-only"] = "https-only"
    origin_timeout: int = Field(default=60, ge=1, le=120, description="Seconds for an answer; a pod that wakes up takes 1-4")
    domains: tuple[Domain, ...] = Field(default=(), description="Host names of the app. None: CloudFront's own alone.")
    zone: str | None = Field(default=None, description="Id of the Route 53 zone that gets records for certificate and domains")
    certificate: str | None = Field(
        default=None, description="ARN of a certificate in us-east-1. Default: one is made; needs zone."
    )
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_100"
    max_behaviours: int = Field(
        default=25, ge=3, description="The account's quota for one distribution, the default one included"
    )
    content_security_policy: str | None = Field(default=DEFAULT_CSP, description="null: none. The app's own header wins.")
    purge_revalidated: bool = Field(
        default=True,
        description="With nextcore:cache: the app purges what it revalidates. It needs a permission, see docs/cdn.md",
    )
    wait: bool = Field(default=True, description="`up` waits until the distribution is everywhere (3-10 minutes when it changes)")

    @model_validator(mode="after")
    def _certificate_can_be_had(self) -> CdnSettings:
        if self.domains and not (self.certificate or self.zone):
            raise ValueError("domains need `certificate`, or `zone` to make one")
        return self


Cdn = CdnSettings | Literal["none"]
