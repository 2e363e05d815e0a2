"""From a Go module to a static binary and its image; mistakes in the module are told in the compiler's own words."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from nextcore.errors import UserError, UserErrors
from nextcore.go_api import PROBE_IN_IMAGE, GoBinary, GoSource, asks_for_loader, build_go_api, go_api_image
from nextcore.go_api_sbom import go_sbom
from nextcore.prepare_api import require_api_env
from tests.conftest import REPO, need

MAIN = 'package main\n\nimport "os"\n\nfunc main() { os.Stdout.WriteString("hello\\n") }\n'


@pytest.fixture
def module(tmp_path: Path) -> Path:
    need("go")
    folder = tmp_path / "module"
    (folder / "cmd/api").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/hello\n\ngo 1.26.0\n")
    (folder / "cmd/api/main.go").write_text(MAIN)
    return folder


def test_a_static_binary_that_is_built_once(module: Path, tmp_path: Path) -> None:
    first = build_go_api(GoSource(module), tmp_path / "out", "x64")
    assert (first.module, first.package, first.cached) == ("example.com/hello", "./cmd/api", False)
    assert not asks_for_loader(first.path)
    assert subprocess.run([first.path], check=True, capture_output=True, text=True).stdout == "hello\n"
    (module / "cmd/api/main_test.go").write_text("package main\n")
    assert build_go_api(GoSource(module), tmp_path / "out", "x64").cached, "a test is no part of the binary"
    (module / "cmd/api/main.go").write_text(MAIN.replace("hello", "hallo"))
    changed = build_go_api(GoSource(module), tmp_path / "out", "x64")
    assert not changed.cached and changed.sha256 != first.sha256


def test_the_same_source_gives_the_same_bytes_wherever_it_lies(module: Path, tmp_path: Path) -> None:
    first = build_go_api(GoSource(module), tmp_path / "one", "x64")
    moved = module.rename(tmp_path / "elsewhere")
    assert build_go_api(GoSource(moved), tmp_path / "two", "x64").sha256 == first.sha256


def test_another_architecture_is_another_binary(module: Path, tmp_path: Path) -> None:
    built = build_go_api(GoSource(module), tmp_path / "out", "arm64")
    assert built.path.read_bytes()[18:20] == b"\xb7\x00", "EM_AARCH64"


def test_the_compilers_own_lines(module: Path, tmp_path: Path) -> None:
    (module / "cmd/api/main.go").write_text(MAIN.replace("os.Stdout", "os.Stduot"))
    with pytest.raises(UserError, match=r"(?s)does not compile.*cmd/api/main\.go:5:18: undefined: os\.Stduot"):
        build_go_api(GoSource(module), tmp_path / "out", "x64")


def test_a_failed_build_is_not_taken_for_a_finished_one(module: Path, tmp_path: Path) -> None:
    (module / "cmd/api/main.go").write_text("package main\n")
    for _ in range(2):
        with pytest.raises(UserError, match="function main is undeclared"):
            build_go_api(GoSource(module), tmp_path / "out", "x64")


def test_a_missing_dependency_names_go_mod_tidy(module: Path, tmp_path: Path) -> None:
    (module / "cmd/api/main.go").write_text('package main\n\nimport _ "example.org/nothing"\n\nfunc main() {}\n')
    with pytest.raises(UserError, match=r"(?s)example\.org/nothing.*go mod tidy"):
        build_go_api(GoSource(module), tmp_path / "out", "x64")


def test_a_wrong_path_names_the_module_that_is_near(module: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"(?s)no go\.mod.*nextcore:api\.path.*name the module's own folder: .*module"):
        build_go_api(GoSource(module / "cmd"), tmp_path / "out", "x64")
    with pytest.raises(UserError, match=r"did you mean .*module"):
        build_go_api(GoSource(module.parent), tmp_path / "out", "x64")
    with pytest.raises(UserError, match="there is no folder"):
        build_go_api(GoSource(module / "nothing"), tmp_path / "out", "x64")


def test_a_module_without_a_program(module: Path, tmp_path: Path) -> None:
    (module / "cmd/api/main.go").write_text("package library\n")
    with pytest.raises(UserError, match=r"no main package in example\.com/hello"):
        build_go_api(GoSource(module), tmp_path / "out", "x64")


def test_of_several_programs_one_must_be_named(module: Path, tmp_path: Path) -> None:
    (module / "cmd/tool").mkdir()
    (module / "cmd/tool/main.go").write_text(MAIN)
    with pytest.raises(UserError, match=r"(?s)2 main packages: \./cmd/api, \./cmd/tool.*nextcore:api\.package"):
        build_go_api(GoSource(module), tmp_path / "out", "x64")
    assert build_go_api(GoSource(module, "cmd/tool"), tmp_path / "out", "x64").package == "./cmd/tool"
    with pytest.raises(UserError, match=r"\./cmd/toll is no main package"):
        build_go_api(GoSource(module, "./cmd/toll"), tmp_path / "out", "x64")


def test_the_image_has_the_program_and_a_health_probe_and_no_c_library(module: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    built = build_go_api(GoSource(module), out, "x64")
    probe = build_go_api(GoSource(REPO / "packages/health-probe"), out / "probe", "x64")
    try:
        image = go_api_image(built, probe, out / "images")
    except UserError as error:
        pytest.skip(f"the Debian base is missing: {error.next}")
    names = []
    for layer in image.layers:
        with tarfile.open(layer) as archive:
            names += [member.name.removeprefix("./") for member in archive if member.isfile()]
    assert names[-2:] == [PROBE_IN_IMAGE.removeprefix("/"), "app/api"]
    assert "etc/ssl/certs/ca-certificates.crt" in names
    assert not [name for name in names if ".so" in name or "/bin/" in name]
    again = go_api_image(built, probe, tmp_path / "elsewhere")
    assert again.digest == image.digest


def test_what_the_api_declares_and_nothing_sets(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# a comment=\nDATABASE_URL=\nPORT=8080\nREDIS_URL=\n")
    require_api_env(tmp_path, ["DATABASE_URL", "REDIS_URL"], "file")
    with pytest.raises(UserErrors, match=r"DATABASE_URL(.|\n)*nextcore:apiSecrets\.DATABASE_URL(.|\n)*REDIS_URL"):
        require_api_env(tmp_path, [], "file")


def test_the_sbom_names_what_the_binary_was_built_from(module: Path, tmp_path: Path) -> None:
    replaced = tmp_path / "library"
    replaced.mkdir()
    (replaced / "go.mod").write_text("module example.com/Library\n\ngo 1.26.0\n")
    (replaced / "library.go").write_text('package library\n\nconst Text = "hello\\n"\n')
    with (module / "go.mod").open("a") as file:
        file.write("require example.com/Library v1.2.3\n\nreplace example.com/Library => ../library\n")
    main = MAIN.replace('"os"', '(\n\t"os"\n\n\tlibrary "example.com/Library"\n)').replace('"hello\\n"', "library.Text")
    (module / "cmd/api/main.go").write_text(main)
    built = build_go_api(GoSource(module), tmp_path / "out", "x64")
    probe = build_go_api(GoSource(REPO / "packages/health-probe"), tmp_path / "probe", "x64")
    found = go_sbom(built, probe)
    assert found["metadata"]["component"]["name"] == "example.com/hello"
    told = {component["name"]: component.get("version") for component in found["components"]}
    assert set(told) == {"example.com/Library", "stdlib", "nextcore.example/health-probe"}
    assert told["example.com/Library"] is None, "a folder has no version"
    version = subprocess.run(["go", "env", "GOVERSION"], cwd=module, check=True, capture_output=True, text=True).stdout.strip()
    assert told["stdlib"] == version.removeprefix("go")
    assert go_sbom(built, probe) == found


def test_modules_in_the_sbom_have_their_versions() -> None:
    program = Path(need("oras"))
    binary = GoBinary(program, "0" * 64, 1, "oras.land/oras", "./cmd/oras", "x64", True)
    components = {component["name"]: component for component in go_sbom(binary)["components"]}
    pins = (REPO / "offline/toolchain/oras/go.mod").read_text()
    for line in re.findall(r"^\t(\S+ v\S+)", pins, re.MULTILINE):
        name, version = line.split(" ")
        if name in components:
            assert components[name]["version"] == version
    semver = components["github.com/Masterminds/semver/v3"]
    assert semver["purl"] == f"pkg:golang/github.com/masterminds/semver/v3@{semver['version']}"
    assert len(components) > 20
