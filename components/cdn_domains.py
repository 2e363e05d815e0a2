"""The certificate of a distribution's domains, and their DNS records."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import acm, route53
from pulumi_aws import cloudfront as cf

REGION = "us-east-1"  # the only one that CloudFront takes certificates from
TTL = 60


def certificate(name: str, domains: Sequence[str], zone: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """ARN, known when the certificate is issued: proven by records in `zone`."""
    made = acm.Certificate(
        f"{name}-certificate",
        domain_name=domains[0],
        subject_alternative_names=list(domains[1:]) or None,
        validation_method="DNS",
        region=REGION,
        opts=opts,
    )
    records = [
        route53.Record(
            f"{name}-proof-{domain}",
            zone_id=zone,
            name=_proof(made, domain, "resource_record_name"),
            type=_proof(made, domain, "resource_record_type"),
            records=[_proof(made, domain, "resource_record_value")],
            ttl=TTL,
            allow_overwrite=True,
            opts=opts,
        )
        for domain in domains
    ]
    issued = acm.CertificateValidation(
        f"{name}-issued",
        certificate_arn=made.arn,
        validation_record_fqdns=[record.fqdn for record in records],
        region=REGION,
        opts=opts,
    )
    return issued.certificate_arn


def _proof(made: acm.Certificate, domain: str, field: str) -> pulumi.Output[str]:
    return made.domain_validation_options.apply(
        lambda options: next(str(getattr(option, field)) for option in options if option.domain_name == domain)
    )


def aliases(name: str, domains: Sequence[str], zone: str, distribution: cf.Distribution, opts: pulumi.ResourceOptions) -> None:
    """A and AAAA records of the domains."""
    for domain in domains:
        for kind in ("A", "AAAA"):
            target = route53.RecordAliasArgs(
                name=distribution.domain_name, zone_id=distribution.hosted_zone_id, evaluate_target_health=False
            )
            route53.Record(f"{name}-{domain}-{kind}", zone_id=zone, name=domain, type=kind, aliases=[target], opts=opts)
