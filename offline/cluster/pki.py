"""The cluster's certificate authority, certificates and kubeconfig files; made once, by openssl, EC keys."""

from __future__ import annotations

import base64
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from offline.cluster.places import API, API_SERVICE, HOST, NODE
from offline.setup.report import run

DAYS = 3650
HINT = "run `make cluster-down PURGE=1`, then `make cluster`"
SERVICE_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
API_NAMES = ",".join(
    [f"IP:{HOST}", "IP:127.0.0.1", f"IP:{API_SERVICE}", "DNS:localhost", *(f"DNS:{name}" for name in SERVICE_NAMES)]
)
CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "kubelet": f"/O=system:nodes/CN=system:node:{NODE}",
    "proxy": "/CN=system:kube-proxy",
}


@dataclass(frozen=True)
class Authority:
    """Signs in a folder; every file there is for root only."""

    folder: Path

    def _openssl(self, *arguments: str | Path) -> None:
        run(["openssl", *arguments], cwd=self.folder, hint=HINT)

    def _key(self, name: str) -> None:
        self._openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", f"{name}.key")

    def make(self) -> None:
        """The authority itself, and the key that signs service accounts' tokens."""
        self._key("ca")
        self._openssl(
            "req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=nextcore-cluster", "-days", str(DAYS), "-out", "ca.crt"
        )
        self._key("sa")
        self._openssl("ec", "-in", "sa.key", "-pubout", "-out", "sa.pub")

    def certificate(self, name: str, subject: str, names: str = "") -> None:
        """<name>.key and <name>.crt, for servers and clients alike."""
        self._key(name)
        lines = ["keyUsage=digitalSignature,keyEncipherment", "extendedKeyUsage=serverAuth,clientAuth"]
        if names:
            lines.append(f"subjectAltName={names}")
        (self.folder / "extensions").write_text("\n".join(lines))
        self._openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", "request")
        request = ["x509", "-req", "-in", "request", "-CA", "ca.crt", "-CAkey", "ca.key", "-extfile", "extensions"]
        serial = f"0x{os.urandom(8).hex()}"
        self._openssl(*request, "-set_serial", serial, "-days", str(DAYS), "-out", f"{name}.crt")

    def _text(self, name: str) -> str:
        return base64.b64encode((self.folder / name).read_bytes()).decode()

    def kubeconfig(self, name: str, subject: str) -> None:
        """<name>.kubeconfig with its own client certificate. JSON is YAML."""
        self.certificate(name, subject)
        cluster = {"server": API, "certificate-authority-data": self._text("ca.crt")}
        user = {"client-certificate-data": self._text(f"{name}.crt"), "client-key-data": self._text(f"{name}.key")}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "nextcore",
            "clusters": [{"name": "nextcore", "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": "nextcore", "context": {"cluster": "nextcore", "user": name}}],
        }
        (self.folder / f"{name}.kubeconfig").write_text(json.dumps(config, indent=1))


def ensure_pki(folder: Path) -> None:
    """Make the folder in one move: a run that was cut off leaves none behind that looks complete."""
    if folder.exists():
        return
    partial = folder.with_name(".pki.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    mask = os.umask(0o077)
    try:
        authority = Authority(partial)
        authority.make()
        authority.certificate("apiserver", "/CN=kube-apiserver", API_NAMES)
        authority.certificate("kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client")
        authority.certificate("kubelet-server", f"/CN={NODE}", f"IP:{HOST},DNS:{NODE}")
        for name, subject in CLIENTS.items():
            authority.kubeconfig(name, subject)
    finally:
        os.umask(mask)
    for rest in ("request", "extensions"):
        (partial / rest).unlink()
    partial.rename(folder)
