"""The stand-in's provider against a real API server: what a stack's test would take too long for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from offline.plugins.kubernetes.cluster import APPLY, Cluster, Kind
from offline.plugins.kubernetes.failures import ApiError, CancelledError, InitFailure, PluginError
from offline.plugins.kubernetes.objects import MANAGER_KEY
from offline.plugins.kubernetes.provider import Difference
from offline.plugins.kubernetes.settings import Settings
from offline.plugins.kubernetes.values import UNKNOWN, Object, Secret
from offline.plugins.kubernetes.waiting import NotReadyError
from tests.plugins.control_plane import ControlPlane, eventually
from tests.plugins.manifests import CONFIG_MAPS, DEPLOYMENTS, JOBS, SECRETS, config_map, deployment, edit, job
from tests.plugins.resource_life import ResourceLife

Lives = Callable[[str], ResourceLife]
DEPLOYMENT, CONFIG_MAP, SECRET = "kubernetes:apps/v1:Deployment", "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"


@pytest.fixture
def cluster(control_plane: ControlPlane) -> Cluster:
    return control_plane.cluster()


def found(cluster: Cluster, kind: Kind, namespace: str, name: str) -> Object:
    live = cluster.get(kind, namespace, name)
    assert live is not None
    return live


def test_a_preview_tells_defaults_and_not_what_only_a_creation_gives(life: Lives, namespace: str) -> None:
    shown = life(DEPLOYMENT).preview(deployment(namespace))
    assert isinstance(shown, dict)
    assert shown["spec"]["template"]["spec"]["dnsPolicy"] == "ClusterFirst"
    assert shown["metadata"]["uid"] is UNKNOWN
    assert "status" not in shown


def test_a_preview_does_not_wait_for_what_the_same_update_makes(life: Lives) -> None:
    assert life(CONFIG_MAP).preview(config_map("a", "no-such-namespace"))
    thing = {"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "x", "namespace": "default"}}
    assert life("kubernetes:example.com/v1:Nothing").preview(thing)


def test_a_field_that_leaves_the_program_goes_back_to_its_default(life: Lives, cluster: Cluster, namespace: str) -> None:
    web = life(DEPLOYMENT)
    web.up(deployment(namespace, revisionHistoryLimit=3))
    assert web.up(deployment(namespace)) == "update"
    assert found(cluster, DEPLOYMENTS, namespace, "web")["spec"]["revisionHistoryLimit"] == 10


def test_another_spelling_of_the_same_is_no_change(life: Lives, namespace: str) -> None:
    web = life(DEPLOYMENT)
    web.up(deployment(namespace))
    again = deployment(namespace)
    container = again["spec"]["template"]["spec"]["containers"][0]
    container["resources"]["limits"]["cpu"] = "1"
    container["terminationMessagePolicy"] = "File"  # the API server's default
    assert web.up(again) == "same"
    assert web.refresh()


def test_what_only_the_api_server_calls_immutable_makes_another_object(life: Lives, namespace: str) -> None:
    """No rule of ours knows this field."""
    level = life("kubernetes:scheduling.k8s.io/v1:PriorityClass")
    manifest = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": namespace}, "value": 7}
    level.up(manifest)
    shown = level.preview({**manifest, "value": 8})
    assert isinstance(shown, Difference)
    assert [(str(change), change.replaces) for change in shown.changes] == [("value", True)]
    assert shown.delete_first
    assert level.up({**manifest, "value": 8}) == "replace"
    level.destroy()


def test_an_automatic_name_changes_only_with_the_object(life: Lives, cluster: Cluster, namespace: str) -> None:
    auto = life(CONFIG_MAP)
    auto.up(config_map(None, namespace, a="1"))
    name = auto.identity.split("/")[1]
    assert name.startswith("resource-")
    assert auto.up(config_map(None, namespace, a="1")) == "same"
    shown = auto.preview(config_map(None, namespace, a="2"))
    assert isinstance(shown, Difference) and not shown.delete_first


def test_drift_is_what_somebody_changed_of_ours(life: Lives, cluster: Cluster, namespace: str) -> None:
    web = life(DEPLOYMENT)
    web.up(deployment(namespace, revisionHistoryLimit=3))
    edit(cluster, DEPLOYMENTS, namespace, "web", {"metadata": {"labels": {"nobody": "declared"}}}, manager="kubectl-edit")
    assert web.refresh()
    edit(cluster, DEPLOYMENTS, namespace, "web", {"spec": {"revisionHistoryLimit": 5}}, manager="kubectl-edit")
    assert not web.refresh()
    assert web.inputs["spec"]["revisionHistoryLimit"] == 5
    assert web.up(deployment(namespace, revisionHistoryLimit=3)) == "update"
    assert web.refresh()


def test_another_program_keeps_its_fields_unless_it_is_overruled(life: Lives, cluster: Cluster, namespace: str) -> None:
    web = life(DEPLOYMENT)
    web.up(deployment(namespace))
    edit(cluster, DEPLOYMENTS, namespace, "web", {"spec": {"replicas": 1}}, manager="autoscaler")
    wanted = deployment(namespace, replicas=2)
    with pytest.raises(PluginError, match='conflict with "autoscaler"'):
        web.up(wanted)
    wanted["metadata"]["annotations"] = {"pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true"}
    assert web.up(wanted) == "update"
    assert found(cluster, DEPLOYMENTS, namespace, "web")["spec"]["replicas"] == 2


def test_ignored_changes_stay_with_their_owner(life: Lives, cluster: Cluster, namespace: str) -> None:
    web = life(DEPLOYMENT)
    web.up(deployment(namespace))
    edit(cluster, DEPLOYMENTS, namespace, "web", {"spec": {"replicas": 3}}, manager="autoscaler")
    web.ignored = ["spec.replicas"]
    wanted = deployment(namespace, revisionHistoryLimit=4)
    wanted["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    assert web.up(wanted) == "update"
    assert found(cluster, DEPLOYMENTS, namespace, "web")["spec"]["replicas"] == 3


def test_import_takes_the_fields_over_with_the_next_change(life: Lives, cluster: Cluster, namespace: str) -> None:
    cluster.apply(DEPLOYMENTS, deployment(namespace, revisionHistoryLimit=3), "kubectl", force=False)
    web = life(DEPLOYMENT)
    with pytest.raises(PluginError, match="exists already"):
        web.up(deployment(namespace))
    web.take(f"{namespace}/web")
    assert "managedFields" not in web.inputs["metadata"]
    assert web.up(deployment(namespace, revisionHistoryLimit=3)) == "same"
    assert web.up(deployment(namespace, revisionHistoryLimit=4)) == "update"
    assert web.refresh()


def test_upsert_takes_over_what_is_there(control_plane: ControlPlane, cluster: Cluster, namespace: str) -> None:
    cluster.apply(CONFIG_MAPS, config_map("a", namespace, x="1"), "somebody", force=False)
    taking = ResourceLife(Settings(kubeconfig=str(control_plane.kubeconfig), upsert=True), CONFIG_MAP)
    assert taking.up(config_map("a", namespace, y="2")) == "create"
    assert found(cluster, CONFIG_MAPS, namespace, "a")["data"] == {"x": "1", "y": "2"}


def test_what_somebody_deleted_is_forgotten_and_made_again(life: Lives, cluster: Cluster, namespace: str) -> None:
    config = life(CONFIG_MAP)
    config.up(config_map("a", namespace, x="1"))
    cluster.request("DELETE", CONFIG_MAPS.path(namespace, "a"))
    config.destroy()
    config.up(config_map("a", namespace, x="1"))
    cluster.request("DELETE", CONFIG_MAPS.path(namespace, "a"))
    assert not config.refresh()
    assert config.up(config_map("a", namespace, x="1")) == "create"


def test_a_delete_waits_for_finalizers(life: Lives, cluster: Cluster, namespace: str) -> None:
    held = config_map("held", namespace)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    config = life(CONFIG_MAP)
    config.up(held)
    config.timeout = 1
    with pytest.raises(NotReadyError, match=r"finalizers hold it: example\.com/hold"):
        config.destroy()

    def release() -> None:
        eventually("it is waited for", lambda: len(config.told.messages) > 1)
        edit(cluster, CONFIG_MAPS, namespace, "held", {"metadata": {"finalizers": None}}, manager="controller")

    config.timeout = 30
    config.told.messages.clear()
    config.told.messages.append("")
    controller = threading.Thread(target=release)
    controller.start()
    config.destroy()
    controller.join()
    assert cluster.get(CONFIG_MAPS, namespace, "held") is None


@pytest.mark.parametrize(
    ("part", "change", "expected"),
    [
        ("spec", {"replica": 1}, "spec.replica"),
        ("spec", {"replicas": "many"}, "replicas"),
        ("spec", {"template": {}}, "spec.template"),
        ("metadata", {"name": "Not Valid"}, "metadata.name"),
    ],
)
def test_mistakes_are_told_in_the_preview(life: Lives, namespace: str, part: str, change: Object, expected: str) -> None:
    manifest = deployment(namespace)
    manifest[part] |= change
    with pytest.raises(ApiError) as caught:
        life(DEPLOYMENT).preview(manifest)
    assert expected in str(caught.value)


def test_a_kind_that_nobody_serves(life: Lives, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline.plugins.kubernetes.applying.TRIES", 1)
    thing = {"apiVersion": "example.com/v1", "kind": "Nothing", "metadata": {"name": "x", "namespace": "default"}}
    with pytest.raises(PluginError, match=r"knows no Nothing of example\.com/v1"):
        life("kubernetes:example.com/v1:Nothing").up(thing)


def test_a_secrets_texts_become_data_and_go_with_it(control_plane: ControlPlane, cluster: Cluster, namespace: str) -> None:
    settings = Settings(kubeconfig=str(control_plane.kubeconfig), secret_mutable=True)
    secret, base = ResourceLife(settings, SECRET), {"apiVersion": "v1", "kind": "Secret"}
    manifest = {**base, "metadata": {"name": "s", "namespace": namespace}}
    secret.up({**manifest, "stringData": {"A": "one", "B": "two"}})
    assert isinstance(secret.state["data"], Secret) and isinstance(secret.inputs["stringData"], Secret)
    assert secret.up({**manifest, "stringData": {"A": "one"}}) == "update"
    assert found(cluster, SECRETS, namespace, "s")["data"] == {"A": "b25l"}
    assert secret.refresh()
    edit(cluster, SECRETS, namespace, "s", {"data": {"A": "dGhyZWU="}}, manager="kubectl-edit")
    assert not secret.refresh()
    assert secret.inputs["stringData"] == Secret({"A": "three"})


def test_what_does_not_get_ready_is_told_with_its_reasons(life: Lives, cluster: Cluster, namespace: str) -> None:
    with pytest.raises(InitFailure) as caught:
        life("kubernetes:batch/v1:Job").up(job(namespace, seconds=2))
    assert "not ready after 2 s: 0 succeeded, 1 active" in str(caught.value)
    assert caught.value.identity == f"{namespace}/job"
    assert caught.value.state["metadata"]["uid"] == found(cluster, JOBS, namespace, "job")["metadata"]["uid"]


def test_a_cancelled_wait_ends_at_once_and_the_object_is_kept(life: Lives, namespace: str) -> None:
    waiting = life("kubernetes:batch/v1:Job")
    threading.Timer(0.5, waiting.provider.cancelled.set).start()
    with pytest.raises(InitFailure, match="cancelled"):
        waiting.up(job(namespace, seconds=60))
    with pytest.raises(CancelledError):
        waiting.provider._waiter(waiting.urn).next(JOBS, {"metadata": {"name": "job", "namespace": namespace}}, 1)


def test_waiting_for_conditions_and_paths(life: Lives, cluster: Cluster, namespace: str) -> None:
    """A node's part is played by writing the status."""
    manifest = deployment(namespace, replicas=1)
    conditions = '["condition=Ours=Maybe", "jsonpath={.status.observedGeneration}=1"]'
    manifest["metadata"]["annotations"] = {"pulumi.com/waitFor": conditions}

    def play() -> None:
        eventually("it is there", lambda: cluster.get(DEPLOYMENTS, namespace, "web") is not None)
        status = {"conditions": [{"type": "Ours", "status": "Maybe"}]}
        body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "status": status}
        query = {"fieldManager": "node", "force": "true"}
        cluster.request("PATCH", DEPLOYMENTS.path(namespace, "web") + "/status", query, body, APPLY)

    node = threading.Thread(target=play)
    node.start()
    assert life(DEPLOYMENT).up(manifest) == "create"
    node.join()


def test_a_service_waits_for_pods_behind_it(life: Lives, namespace: str) -> None:
    meta = {"name": "s", "namespace": namespace, "annotations": {"pulumi.com/timeoutSeconds": "1"}}
    service: Object = {"apiVersion": "v1", "kind": "Service", "metadata": meta}
    with pytest.raises(InitFailure, match="no ready pod matches its selector"):
        life("kubernetes:core/v1:Service").up({**service, "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]}})
    headless = {**service, "metadata": {**meta, "name": "headless"}, "spec": {"clusterIP": "None", "ports": [{"port": 80}]}}
    assert life("kubernetes:core/v1:Service").up(headless) == "create"


def test_a_definition_and_its_objects(life: Lives, cluster: Cluster, namespace: str) -> None:
    plural, group = f"things{namespace[-4:]}", "example.com"
    schema = {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": plural, "singular": plural[:-1], "kind": plural.capitalize()}
    definition = life("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")
    definition_manifest = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "names": names, "scope": "Namespaced", "versions": [version]},
    }
    definition.up(definition_manifest)
    assert definition.up(definition_manifest) == "same"
    assert definition.refresh()
    manifest: Object = {"apiVersion": f"{group}/v1", "kind": names["kind"], "metadata": {"name": "one", "namespace": namespace}}
    thing = life(f"kubernetes:{group}/v1:{names['kind']}")
    thing.up({**manifest, "spec": {"size": 1, "share": 0.5}})
    assert thing.refresh()
    assert thing.up({**manifest, "spec": {"size": 2}}) == "update"
    live = found(cluster, Kind(f"{group}/v1", names["kind"], plural, True), namespace, "one")
    assert live["spec"] == {"size": 2}
    definition.destroy()
    thing.destroy()  # it went with its definition


def test_a_patch_owns_only_its_fields(life: Lives, cluster: Cluster, namespace: str) -> None:
    cluster.apply(CONFIG_MAPS, config_map("shared", namespace, theirs="1"), "somebody", force=False)
    patch = life("kubernetes:core/v1:ConfigMapPatch")
    patch.up(config_map("shared", namespace, ours="2"))
    assert found(cluster, CONFIG_MAPS, namespace, "shared")["data"] == {"theirs": "1", "ours": "2"}
    patch.destroy()
    assert found(cluster, CONFIG_MAPS, namespace, "shared")["data"] == {"theirs": "1"}


def test_without_server_side_apply_changes_are_merged(control_plane: ControlPlane, cluster: Cluster, namespace: str) -> None:
    settings = Settings(kubeconfig=str(control_plane.kubeconfig), server_side_apply=False, config_map_mutable=True)
    config = ResourceLife(settings, CONFIG_MAP)
    config.up(config_map("a", namespace, x="1", y="2"))
    edit(cluster, CONFIG_MAPS, namespace, "a", {"data": {"z": "3"}}, manager="somebody")
    assert config.up(config_map("a", namespace, x="4")) == "update"
    assert found(cluster, CONFIG_MAPS, namespace, "a")["data"] == {"x": "4", "z": "3"}


def test_the_field_manager_of_a_state_is_kept(life: Lives, cluster: Cluster, namespace: str) -> None:
    """States of the original plugin have random ones."""
    config = life(CONFIG_MAP)
    config.up(config_map("a", namespace, x="1"))
    config.state[MANAGER_KEY] = "pulumi-kubernetes-0badcafe"
    manifest = config_map("a", namespace, x="1")
    manifest["metadata"]["labels"] = {"a": "b"}
    assert config.up(manifest) == "update"
    managers = {entry["manager"] for entry in found(cluster, CONFIG_MAPS, namespace, "a")["metadata"]["managedFields"]}
    assert "pulumi-kubernetes-0badcafe" in managers


def test_without_a_cluster_a_preview_goes_on_and_an_update_says_what_to_do(tmp_path: Path) -> None:
    lost = ResourceLife(Settings(kubeconfig=str(tmp_path / "none")), CONFIG_MAP)
    assert lost.preview(config_map("a", "default"))
    assert any("could not ask" in message for message in lost.told.messages)
    with pytest.raises(PluginError, match="neither a file nor the contents"):
        lost.up(config_map("a", "default"))
