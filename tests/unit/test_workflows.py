"""The workflows that users take over are valid."""

import subprocess

from offline.setup.go_tools import ACTIONLINT, build
from offline.setup.places import places
from tests.conftest import REPO, need


def test_actionlint_has_no_complaint() -> None:
    need("go")
    program = places().bin / "actionlint"
    build(ACTIONLINT, places(), program)
    files = sorted((REPO / ".github/workflows").glob("*.yaml"))
    assert len(files) == 2
    done = subprocess.run([program, *files], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
