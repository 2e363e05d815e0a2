"""Which Debian packages the browser of the tests is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline.chromium import BROWSER, FONTS, closure, ensure_chromium
from offline.setup.places import Places
from offline.setup.report import SetupError

# As `apt-cache depends --important` prints them: alternatives, a virtual package, one that is left out, a circle.
APT_CACHE = f"""#!/bin/sh
for package in "$@"; do case "$package" in
{BROWSER}) printf '%s\\n' "{BROWSER}" "  Depends: libc6" " |Depends: libsystemd0" "  Depends: libelogind0" "  Depends: libnss3" ;;
libnss3) printf '%s\\n' "libnss3" "  PreDepends: libnspr4" "  Depends: <virtual>" "    provider" ;;
libnspr4) printf '%s\\n' "libnspr4" "  Depends: libnss3" ;;
esac; done
"""


def test_the_closure_takes_first_alternatives_and_leaves_the_c_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "apt-cache"
    program.write_text(APT_CACHE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert closure() == sorted([BROWSER, FONTS, "libnss3", "libnspr4", "libsystemd0"])


def test_a_browser_of_ones_own_is_taken_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = Places(cache=tmp_path, repo=tmp_path)
    monkeypatch.setenv("NEXTCORE_CHROMIUM", "/bin/sh")
    assert ensure_chromium(at) == Path("/bin/sh")
    monkeypatch.setenv("NEXTCORE_CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(SetupError, match="NEXTCORE_CHROMIUM names no program"):
        ensure_chromium(at)
