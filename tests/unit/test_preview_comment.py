"""The comment of a pull request."""

from typing import Any

from nextcore.preview_comment import LIMIT, MARKER, comment

LIVE, FILES, IMAGE = "nextcore:caddy:Config", "nextcore:assets:Release", "nextcore:oci:Image"
URN = "urn:pulumi:prod::nextcore::nextcore:components:NextApp$"


def step(token: str, operation: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"op": operation, "urn": f"{URN}{token}::x", "oldState": {"inputs": before}, "newState": {"inputs": after}}


PREVIEW = {
    "steps": [
        step(LIVE, "update", {"routes": {"/": "SSG", "/old": "SSR"}}, {"routes": {"/": "ISR 60 s", "/new": "SSR"}}),
        step(
            FILES,
            "update",
            {"manifest": "a", "files": "10 files, 1.0 MB"},
            {"manifest": "b", "files": "12 files, 1.2 MB", "change": "3 new (0.3 MB), 1 gone"},
        ),
        step(
            IMAGE, "create-replacement", {"digest": "sha256:" + "a" * 64}, {"digest": "sha256:" + "b" * 64, "size": 2e8}
        ),
        {"op": "same", "urn": f"{URN}docker:index/network:Network::n", "oldState": {}, "newState": {}},
    ]
}  # fmt: skip


def test_the_table_says_routes_files_image_and_counts() -> None:
    text = comment("prod", PREVIEW, "the diff")
    assert text.startswith(MARKER)
    assert "| routes | `+ /new` SSR<br>`- /old` SSR<br>`/` SSG → ISR 60 s |" in text
    assert "| static files | 12 files, 1.2 MB; 3 new (0.3 MB), 1 gone |" in text
    assert "| image | `sha256:aaaaaaaaaaaa` → `sha256:bbbbbbbbbbbb`, 200.0 MB |" in text
    assert "| resources | 1 create-replacement, 2 update |" in text
    assert "the diff" in text


def test_a_long_diff_is_cut_to_the_limit_and_the_table_stays() -> None:
    text = comment("prod", PREVIEW, "+ line\n" * 100_000)
    assert len(text) <= LIMIT
    assert "| routes |" in text
    assert "cut: the whole diff is in the job's log" in text
    assert text.rstrip().endswith("</details>")


def test_nothing_changed_is_said() -> None:
    unchanged = {"steps": [step(FILES, "same", {"manifest": "a", "files": "1 file"}, {"manifest": "a", "files": "1 file"})]}
    text = comment("prod", unchanged, "")
    assert "| static files | 1 file, unchanged |" in text
    assert "| resources | no change |" in text


def test_a_fence_in_the_diff_does_not_end_the_block() -> None:
    assert comment("prod", PREVIEW, "a ```` b").count("````") == 2


def test_routes_of_a_cluster_are_told_by_the_release_of_files() -> None:
    files = {"manifest": "a", "files": "10 files, 1.0 MB"}
    change = step(FILES, "update", {**files, "routes": {"/": "SSG"}}, {**files, "routes": {"/": "SSG", "/new": "SSR"}})
    text = comment("prod", {"steps": [change]}, "")
    assert "| routes | `+ /new` SSR |" in text
    assert "| static files | 10 files, 1.0 MB, unchanged |" in text
