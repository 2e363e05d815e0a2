"""The stand-in's pure parts: values, names, differences, drift, readiness."""

import base64
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2

from offline.plugins.kubernetes import changes, naming, objects, readiness
from offline.plugins.kubernetes.drift import as_declared, drifted
from offline.plugins.kubernetes.failures import ApiError, PluginError, conflict_text
from offline.plugins.kubernetes.naming import Autonaming
from offline.plugins.kubernetes.values import (
    SECRET,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_TEXT,
    Secret,
    decode,
    encode,
    has_unknown,
    marked_like,
    revealed,
    secret_texts,
)
from offline.plugins.kubernetes.wait_for import parse

URN = "urn:pulumi:test::project::nextcore:components:KnativeApp$kubernetes:serving.knative.dev/v1:Service::app"


def struct(value: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(value, struct_pb2.Struct())


def test_values_there_and_back() -> None:
    sent = struct({"a": 3, "b": 0.5, "c": [True, None, "x"], "d": {SIGNATURE: SECRET, "value": {"k": "v"}}, "e": UNKNOWN_TEXT})
    tree = decode(sent)
    assert tree == {"a": 3, "b": 0.5, "c": [True, None, "x"], "d": Secret({"k": "v"}), "e": UNKNOWN}
    assert isinstance(tree["a"], int)
    assert encode(tree) == sent
    assert has_unknown(tree)
    assert revealed(tree)["d"] == {"k": "v"}


def test_what_was_secret_stays_secret_and_a_secrets_data_always_is() -> None:
    found = {"spec": {"plain": 1, "hidden": "s", "list": ["a", "b"]}, "kind": "Job"}
    like = {"spec": {"plain": 1, "hidden": Secret("s"), "list": ["a", Secret("b")]}}
    assert marked_like(found, like)["spec"] == {"plain": 1, "hidden": Secret("s"), "list": Secret(["a", "b"])}
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "Yg=="}, "type": "Opaque"}
    assert marked_like(secret, {})["data"] == Secret({"a": "Yg=="})
    assert secret_texts({"kind": "Secret", "stringData": {"a": "word"}, "type": "Opaque"}) == {"word"}
    assert secret_texts({"spec": Secret({"a": ["one"]})}) == {"one"}


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("kubernetes:apps/v1:Deployment", ("apps/v1", "Deployment", False)),
        ("kubernetes:core/v1:Secret", ("v1", "Secret", False)),
        ("kubernetes:serving.knative.dev/v1:Service", ("serving.knative.dev/v1", "Service", False)),
        ("kubernetes:core/v1:NamespacePatch", ("v1", "Namespace", True)),
    ],
)
def test_tokens(token: str, parts: tuple[str, str, bool]) -> None:
    assert objects.from_token(token) == parts


def test_the_type_in_an_urn_is_the_last_one() -> None:
    assert objects.type_of_urn(URN) == "kubernetes:serving.knative.dev/v1:Service"


def test_a_missing_name_is_random_per_seed_and_kept_afterwards() -> None:
    first = naming.named({"metadata": {}}, {}, "app", Autonaming(b"seed"))
    name = first["metadata"]["name"]
    assert name.startswith("app-") and len(name) == len("app-") + naming.SUFFIX
    assert naming.named({}, {}, "app", Autonaming(b"seed"))["metadata"]["name"] == name
    assert naming.named({}, {}, "app", Autonaming(b"other"))["metadata"]["name"] != name
    assert naming.named({}, first, "app", Autonaming(b"other"))["metadata"]["name"] == name
    assert naming.named({}, {}, "app", Autonaming(proposed="mine"))["metadata"]["name"] == "mine"
    given = {"metadata": {"name": "given"}}
    assert naming.named(given, first, "app", Autonaming(b"seed")) == given
    with pytest.raises(PluginError, match="automatic naming is off"):
        naming.named({}, {}, "app", Autonaming(disabled=True))


def test_namespaces_only_where_the_kind_has_them() -> None:
    assert naming.in_namespace({"metadata": {"name": "a"}}, True, "web")["metadata"]["namespace"] == "web"
    assert "namespace" not in naming.in_namespace({"metadata": {"name": "a", "namespace": "x"}}, False, "web")["metadata"]


def test_a_secrets_texts_are_sent_as_data() -> None:
    sent = objects.desired(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s", "uid": "1"},
            "stringData": {"a": "b"},
            "data": {"c": "ZA=="},
        }
    )
    assert sent == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"c": "ZA==", "a": base64.b64encode(b"b").decode()},
    }


def test_differences_by_path() -> None:
    old = {"a": {"b.c/d": 1}, "l": [{"x": 1}, 2], "gone": 1, "none": None, "empty": {}}
    new = {"a": {"b.c/d": 2}, "l": [{"x": UNKNOWN}], "none": None, "new": 1}
    found = {str(change): change.op for change in changes.compare(old, new)}
    assert found == {'a["b.c/d"]': "update", "l[0].x": "update", "l[1]": "delete", "gone": "delete", "new": "add"}


@pytest.mark.parametrize(
    ("obj", "path", "replaces"),
    [
        ({"apiVersion": "apps/v1", "kind": "Deployment"}, ("spec", "selector", "matchLabels", "a"), True),
        ({"apiVersion": "apps/v1", "kind": "Deployment"}, ("spec", "replicas"), False),
        ({"apiVersion": "batch/v1", "kind": "Job"}, ("spec", "template", "spec", "containers", 0, "image"), True),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, ("data", "a"), True),
        ({"apiVersion": "v1", "kind": "Pod"}, ("spec", "tolerations", 0), False),
        ({"apiVersion": "x.io/v1", "kind": "Thing"}, ("metadata", "namespace"), True),
        ({"apiVersion": "x.io/v1", "kind": "Thing"}, ("spec", "selector"), False),
    ],
)
def test_what_makes_another_object(obj: dict[str, Any], path: changes.Path, replaces: bool) -> None:
    (marked,) = changes.mark_replacing([changes.Change(path, "update")], obj, frozenset())
    assert marked.replaces is replaces


def test_mutable_config_maps_change_in_place() -> None:
    change = [changes.Change(("data", "a"), "update")]
    obj = {"apiVersion": "v1", "kind": "ConfigMap"}
    assert not changes.mark_replacing(change, obj, frozenset({"ConfigMap"}))[0].replaces
    assert changes.mark_replacing(change, {**obj, "immutable": True}, frozenset({"ConfigMap"}))[0].replaces


def test_the_api_server_says_what_is_immutable() -> None:
    causes = [{"field": "spec.volumeName", "message": "field is immutable after creation"}, {"field": "x", "message": "bad"}]
    error = ApiError(422, {"message": "no", "details": {"causes": causes}})
    assert error.immutable_fields == ["spec.volumeName"]
    marked = changes.mark_immutable([changes.Change(("spec", "a"), "update")], error.immutable_fields)
    assert [(str(change), change.replaces) for change in marked] == [("spec.a", False), ("spec.volumeName", True)]


def test_a_conflict_names_owner_field_and_ways_out() -> None:
    cause = {"reason": "FieldManagerConflict", "message": 'conflict with "hpa" using apps/v1', "field": ".spec.replicas"}
    text = conflict_text(ApiError(409, {"details": {"causes": [cause]}}), "ours")
    assert ".spec.replicas" in text and "where hpa is to keep it" in text and "patchForce" in text


def test_only_what_an_apply_would_change_back_is_drift() -> None:
    inputs = {"metadata": {"name": "a"}, "spec": {"replicas": 2, "cpu": "1000m", "list": [{"image": "x"}]}}
    restored = {"metadata": {"name": "a", "uid": "1"}, "spec": {"replicas": 2, "cpu": "1", "dns": "d", "list": [{"image": "x"}]}}
    assert drifted(inputs, restored, restored) == inputs
    live = {"metadata": {"name": "a", "uid": "1"}, "spec": {"replicas": 5, "cpu": "1", "dns": "d", "list": [{"image": "y"}]}}
    now = drifted(inputs, restored, {**live, "status": {"ready": 1}})
    assert now["spec"] == {"replicas": 5, "cpu": "1000m", "list": [{"image": "y"}]}
    assert inputs["spec"]["replicas"] == 2  # type: ignore[index]


def test_drift_of_a_secrets_text_is_told_as_text() -> None:
    inputs = {"kind": "Secret", "metadata": {}, "stringData": {"a": "old"}}
    live = {"kind": "Secret", "metadata": {}, "data": {"a": base64.b64encode(b"new").decode()}}
    restored = {"kind": "Secret", "metadata": {}, "data": {"a": base64.b64encode(b"old").decode()}}
    assert drifted(inputs, restored, live)["stringData"] == {"a": "new"}
    (change,) = as_declared([changes.Change(("data", "a"), "update")], inputs, inputs)
    assert str(change) == "stringData.a"


def of(spec: dict[str, Any], status: dict[str, Any], generation: int = 1) -> dict[str, Any]:
    return {"metadata": {"name": "x", "generation": generation}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("rule", "obj", "state"),
    [
        (readiness.deployment, of({"replicas": 2}, {"observedGeneration": 1, "updatedReplicas": 1}), "waiting"),
        (
            readiness.deployment,
            of({"replicas": 1}, {"observedGeneration": 1, "updatedReplicas": 1, "replicas": 1, "availableReplicas": 1}, 2),
            "waiting",
        ),
        (
            readiness.deployment,
            of({"replicas": 1}, {"observedGeneration": 2, "updatedReplicas": 1, "replicas": 2, "availableReplicas": 2}, 2),
            "waiting",
        ),
        (
            readiness.deployment,
            of({"replicas": 1}, {"observedGeneration": 2, "updatedReplicas": 1, "replicas": 1, "availableReplicas": 1}, 2),
            "ready",
        ),
        (readiness.deployment, of({"replicas": 0}, {"observedGeneration": 1}), "ready"),
        (
            readiness.deployment,
            of({}, {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}),
            "failed",
        ),
        (readiness.job, of({}, {"conditions": [{"type": "Complete", "status": "True"}]}), "ready"),
        (readiness.job, of({}, {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimit"}]}), "failed"),
        (readiness.job, of({}, {"active": 1}), "waiting"),
        (readiness.pod, of({}, {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}), "ready"),
        (readiness.pod, of({}, {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}), "waiting"),
        (readiness.pod, of({}, {"phase": "Succeeded"}), "ready"),
        (readiness.pod, of({}, {"phase": "Failed"}), "failed"),
        (
            readiness.daemon_set,
            of({}, {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}),
            "waiting",
        ),
        (readiness.daemon_set, of({}, {"desiredNumberScheduled": 0}), "ready"),
        (
            readiness.stateful_set,
            of({"replicas": 1}, {"readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"}),
            "waiting",
        ),
        (readiness.service, of({"type": "LoadBalancer"}, {}), "waiting"),
        (readiness.service, of({"type": "ClusterIP"}, {}), "ready"),
        (readiness.definition, of({}, {"conditions": [{"type": "Established", "status": "True"}]}), "ready"),
    ],
)
def test_readiness(rule: readiness.Rule, obj: dict[str, Any], state: str) -> None:
    assert rule(obj).state == state


def knative(status: str, observed: int = 1) -> dict[str, Any]:
    entry = {"type": "Ready", "status": status, "reason": "RevisionFailed", "message": "no image"}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "metadata": {"generation": 1},
        "status": {"observedGeneration": observed, "conditions": [entry]},
    }


def test_wait_for_conditions() -> None:
    rule = parse("condition=Ready")
    assert rule(knative("True")).ready
    assert not rule(knative("True", observed=0)).ready
    assert rule(knative("False")).state == "failing"
    assert "no image" in rule(knative("False")).message
    assert rule({**knative("False"), "apiVersion": "cert-manager.io/v1"}).state == "waiting"
    assert parse("condition=ready=False")(knative("False")).ready


def test_wait_for_paths_and_lists() -> None:
    obj = {"status": {"phase": "Running", "n": 2, "list": [{"type": "A", "status": "True"}]}}
    assert parse("jsonpath={.status.phase}=Running")(obj).ready
    assert parse("jsonpath={.status.n}")(obj).ready
    assert not parse("jsonpath={.status.n}=3")(obj).ready
    assert not parse("jsonpath={.status.other}")(obj).ready
    assert parse("jsonpath={.status.list[?(@.type=='A')].status}=True")(obj).ready
    assert not parse('["jsonpath={.status.n}=2", "condition=Ready"]')(obj).ready
    for wrong in ("Ready", "jsonpath=.status.phase", "[]", "jsonpath={.a}="):
        with pytest.raises(PluginError, match="waitFor"):
            parse(wrong)
