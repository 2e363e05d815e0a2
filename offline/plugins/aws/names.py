"""aws:acm Certificate and CertificateValidation, aws:route53 Record."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from offline.plugins.aws.kind import Aws, Kind, Values, gone
from offline.plugins.aws.shapes import Struct, same

ISSUED = {"Delay": 5, "MaxAttempts": 540}  # 45 minutes, as pulumi-aws waits


class Certificate(Kind):
    """Validated by DNS; asked for, not imported."""

    shape: ClassVar[Struct] = Struct(same("domainName", "validationMethod", "subjectAlternativeNames", "keyAlgorithm"))
    extra: ClassVar[frozenset[str]] = frozenset({"tags"})
    outputs: ClassVar[tuple[str, ...]] = ("arn", "domainValidationOptions", "status")
    replaced_by: ClassVar[frozenset[str]] = frozenset(
        {"domainName", "validationMethod", "subjectAlternativeNames", "keyAlgorithm", "region"}
    )

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        client = aws.client("acm", values.get("region"))
        told = repr(sorted(self.shape.write(values).items()))
        token = hashlib.sha256(told.encode()).hexdigest()[:32]  # a repeated request makes no second certificate
        arn = str(client.request_certificate(**self.shape.write(values), IdempotencyToken=token)["CertificateArn"])
        return arn, _described(client, arn, len(values.get("subjectAlternativeNames") or []) + 1)

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        try:
            return values, _described(aws.client("acm", values.get("region")), id, 0)
        except ClientError as error:
            if gone(error):
                return None
            raise

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        return _described(aws.client("acm", values.get("region")), id, 0)

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        try:
            aws.client("acm", values.get("region")).delete_certificate(CertificateArn=id)
        except ClientError as error:
            if not gone(error):
                raise


def _described(client: Any, arn: str, records: int) -> Values:
    """Outputs, once AWS tells the `records` that prove who owns the domains (some seconds after the request)."""
    import time

    deadline = time.monotonic() + 60
    while True:
        found = client.describe_certificate(CertificateArn=arn)["Certificate"]
        options = found.get("DomainValidationOptions") or []
        if sum("ResourceRecord" in option for option in options) >= records or time.monotonic() > deadline:
            break
        time.sleep(1)
    names = ("resourceRecordName", "resourceRecordType", "resourceRecordValue")
    told = [
        {"domainName": option["DomainName"]}
        | {name: option.get("ResourceRecord", {}).get(name.removeprefix("resourceRecord"), "") for name in names}
        for option in options
    ]
    return {"arn": arn, "domainValidationOptions": told, "status": found["Status"]}


class CertificateValidation(Kind):
    """Waits until the certificate is issued; nothing of its own at AWS."""

    shape: ClassVar[Struct] = Struct(same("certificateArn", "validationRecordFqdns"))
    replaced_by: ClassVar[frozenset[str]] = frozenset({"certificateArn", "validationRecordFqdns", "region"})

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        arn = str(values["certificateArn"])
        client = aws.client("acm", values.get("region"))
        client.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig=ISSUED)
        return arn, {}

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        return values, {}

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        return {}

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        return None


class Record(Kind):
    """Values with a time to live, or an alias. Its id is `<zone>_<name>_<type>`."""

    shape: ClassVar[Struct] = Struct({})
    extra: ClassVar[frozenset[str]] = frozenset({"zoneId", "name", "type", "ttl", "records", "aliases", "allowOverwrite"})
    outputs: ClassVar[tuple[str, ...]] = ("fqdn",)
    replaced_by: ClassVar[frozenset[str]] = frozenset({"zoneId", "name", "type"})

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        outputs = self._change(aws, "UPSERT" if values.get("allowOverwrite") else "CREATE", values)
        return f"{values['zoneId']}_{values['name']}_{values['type']}", outputs

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        answer = aws.client("route53").list_resource_record_sets(
            HostedZoneId=values["zoneId"],
            StartRecordName=values["name"],
            StartRecordType=values["type"],
            MaxItems="1",
        )
        for found in answer["ResourceRecordSets"]:
            if (found["Name"].rstrip("."), found["Type"]) == (values["name"].rstrip("."), values["type"]):
                there = dict(values)
                if "records" in values:
                    texts = [record["Value"] for record in found.get("ResourceRecords") or []]
                    there |= {"records": values["records"] if sorted(texts) == sorted(values["records"]) else texts}
                    there |= {"ttl": found.get("TTL")}
                return there, {"fqdn": found["Name"].rstrip(".")}
        return None

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        return self._change(aws, "UPSERT", values)

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        try:
            self._change(aws, "DELETE", values)
        except ClientError as error:
            if not gone(error, "InvalidChangeBatch"):
                raise

    def _change(self, aws: Aws, action: str, values: Values) -> Values:
        client = aws.client("route53")
        record: dict[str, Any] = {"Name": values["name"], "Type": values["type"]}
        if alias := next(iter(values.get("aliases") or []), None):
            record["AliasTarget"] = {
                "HostedZoneId": alias["zoneId"],
                "DNSName": alias["name"],
                "EvaluateTargetHealth": alias.get("evaluateTargetHealth", False),
            }
        else:
            record |= {"TTL": values["ttl"], "ResourceRecords": [{"Value": text} for text in values["records"]]}
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        answer = client.change_resource_record_sets(HostedZoneId=values["zoneId"], ChangeBatch=batch)
        client.get_waiter("resource_record_sets_changed").wait(
            Id=answer["ChangeInfo"]["Id"], WaiterConfig={"Delay": 5, "MaxAttempts": 120}
        )
        return {"fqdn": str(values["name"]).rstrip(".")}
