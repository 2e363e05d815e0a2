"""Stacks of Kubernetes objects by the pulumi CLI, with the stand-in as its plugin and a real API server."""

from __future__ import annotations

import pulumi

from tests.plugins.conftest import KubernetesStack
from tests.plugins.manifests import CONFIG_MAPS, DEPLOYMENTS, config_map, deployment, edit, job


def test_from_nothing_to_nothing(stack: KubernetesStack) -> None:
    stack.objects = {"web": deployment(stack.namespace), "config": config_map(None, stack.namespace, a="1")}
    assert stack.preview() == {"create": 3}
    assert stack.up() == {"create": 3}
    state = stack.resource("web")
    assert state["id"] == f"{stack.namespace}/web"
    assert state["outputs"]["spec"]["template"]["spec"]["dnsPolicy"] == "ClusterFirst"
    assert state["inputs"]["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "1000m"
    assert stack.preview() == {}
    assert stack.up() == {}
    assert stack.refresh() == {}
    assert stack.up() == {}

    uid = stack.live(DEPLOYMENTS, "web")["metadata"]["uid"]
    stack.objects["web"] = deployment(stack.namespace, revisionHistoryLimit=4)
    stack.output.clear()
    assert stack.preview() == {"update": 1}
    assert "+ revisionHistoryLimit: 4" in "".join(stack.output)
    assert stack.up() == {"update": 1}
    assert stack.live(DEPLOYMENTS, "web")["metadata"]["uid"] == uid

    for labels in (
        stack.objects["web"]["spec"]["selector"]["matchLabels"],
        stack.objects["web"]["spec"]["template"]["metadata"]["labels"],
    ):
        labels["tier"] = "front"
    assert stack.preview() == {"replace": 1}
    assert stack.up() == {"replace": 1}
    assert stack.live(DEPLOYMENTS, "web")["metadata"]["uid"] != uid

    stack.objects = {}
    assert stack.up() == {"delete": 2}
    assert stack.cluster.get(DEPLOYMENTS, stack.namespace, "web") is None


def test_a_refresh_shows_drift_and_the_next_update_mends_it(stack: KubernetesStack) -> None:
    stack.objects = {"web": deployment(stack.namespace, revisionHistoryLimit=3)}
    stack.up()
    edit(stack.cluster, DEPLOYMENTS, stack.namespace, "web", {"spec": {"revisionHistoryLimit": 5}}, manager="kubectl-edit")
    stack.output.clear()
    assert stack.refresh() == {"update": 1}
    assert stack.resource("web")["inputs"]["spec"]["revisionHistoryLimit"] == 5
    assert stack.up() == {"update": 1}
    assert stack.live(DEPLOYMENTS, "web")["spec"]["revisionHistoryLimit"] == 3


def test_an_object_of_kubectl_is_imported(stack: KubernetesStack) -> None:
    stack.cluster.apply(DEPLOYMENTS, deployment(stack.namespace), "kubectl", force=False)
    stack.objects = {"web": deployment(stack.namespace)}
    assert "exists already" in stack.fails(stack.up)
    stack.options = {"web": pulumi.ResourceOptions(import_=f"{stack.namespace}/web")}
    assert stack.up() == {"import": 1}
    stack.options = {}
    assert stack.up() == {}


def test_mistakes_and_conflicts_are_told_in_the_preview(stack: KubernetesStack) -> None:
    stack.objects = {"web": deployment(stack.namespace, replica=1)}
    text = stack.fails(stack.preview)
    assert "field not declared in schema" in text or 'unknown field "spec.replica"' in text
    assert "Traceback" not in text
    stack.objects = {"web": deployment(stack.namespace)}
    stack.up()
    edit(stack.cluster, DEPLOYMENTS, stack.namespace, "web", {"spec": {"replicas": 1}}, manager="autoscaler")
    stack.objects = {"web": deployment(stack.namespace, replicas=2)}
    text = stack.fails(stack.preview)
    assert 'conflict with "autoscaler"' in text and ".spec.replicas" in text and "patchForce" in text


def test_what_does_not_get_ready_is_kept_and_tried_again(stack: KubernetesStack) -> None:
    stack.objects = {"job": job(stack.namespace, seconds=2)}
    text = stack.fails(stack.up)
    assert "not ready after 2 s" in text and "Traceback" not in text
    assert stack.resource("job")["initErrors"]
    assert "not ready after 2 s" in stack.fails(stack.up)
    stack.objects["job"]["spec"]["suspend"] = True
    assert stack.up() == {"update": 1}
    assert "initErrors" not in stack.resource("job")


def test_secrets_are_nowhere_in_the_clear(stack: KubernetesStack) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": stack.namespace}}
    stack.objects = {"s": {**secret, "stringData": {"TOKEN": "open sesame"}}}
    stack.up()
    text = stack.state_file.read_text() + "".join(stack.output)
    assert "::s" in text
    stack.objects = {"s": {**secret, "data": {"TOKEN": "this is no base64"}}}
    text += stack.fails(stack.up)
    for clear in ("open sesame", "b3BlbiBzZXNhbWU", "this is no base64"):
        assert clear not in text


def test_a_killed_update_is_taken_up_again(stack: KubernetesStack) -> None:
    """The object is there and the state does not know it."""
    stack.objects = {"config": config_map("config", stack.namespace, a="1")}
    stack.up()
    exported = stack.stack.export_stack()
    assert exported.deployment is not None
    kept = [entry for entry in exported.deployment["resources"] if not entry["urn"].endswith("::config")]
    exported.deployment = {**exported.deployment, "resources": kept}
    stack.stack.import_stack(exported)
    assert stack.up() == {"create": 1}
    assert stack.live(CONFIG_MAPS, "config")["data"] == {"a": "1"}
