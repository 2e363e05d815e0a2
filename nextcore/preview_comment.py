"""`python -m nextcore.preview_comment preview.json diff.txt`: a pull request's comment out of `pulumi preview`.

The table says what a reviewer asks first; the diff follows, cut where the forge's limit would refuse the comment.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARKER = "<!-- nextcore preview -->"  # the workflow finds the comment to update by this
LIMIT = 65_536  # characters of a comment on GitHub
CONFIG, RELEASE, IMAGE = "nextcore:caddy:Config", "nextcore:assets:Release", "nextcore:oci:Image"
SHOWN_ROUTES = 20


@dataclass(frozen=True)
class Step:
    """One resource's change: what it is, what shall happen, its inputs before and after."""

    token: str
    name: str
    operation: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def steps_of(preview: Mapping[str, Any]) -> list[Step]:
    """The steps of `pulumi preview --json`."""
    found = []
    for step in preview.get("steps", []):
        before, after = step.get("oldState") or {}, step.get("newState") or {}
        urn = step["urn"]
        token = urn.split("::")[2].rsplit("$", 1)[-1]
        found.append(Step(token, urn.rsplit("::", 1)[-1], step["op"], before.get("inputs") or {}, after.get("inputs") or {}))
    return found


def comment(stack: str, preview: Mapping[str, Any], diff: str) -> str:
    """Markdown of at most LIMIT characters, the table first."""
    steps = steps_of(preview)
    rows = [*_routes(steps), *_assets(steps), *_image(steps), *_resources(steps)]
    table = "\n".join(["| what | change |", "|---|---|", *(f"| {what} | {change} |" for what, change in rows)])
    head = f"{MARKER}\n### Preview of stack `{stack}`\n\n{table}\n"
    return head + _folded(diff, LIMIT - len(head))


def _routes(steps: Sequence[Step]) -> list[tuple[str, str]]:
    rows = []
    # On a Docker host the proxy's configuration tells them, on a cluster the release of files.
    for step in [step for token in (CONFIG, RELEASE) for step in _of(steps, token) if "routes" in step.after]:
        before, after = step.before.get("routes") or {}, step.after.get("routes") or {}
        told = [
            *(f"`+ {path}` {after[path]}" for path in sorted(set(after) - set(before))),
            *(f"`- {path}` {before[path]}" for path in sorted(set(before) - set(after))),
            *(f"`{p}` {before[p]} → {after[p]}" for p in sorted(set(after) & set(before)) if after[p] != before[p]),
        ]
        more = f"<br>and {len(told) - SHOWN_ROUTES} more" if len(told) > SHOWN_ROUTES else ""
        rows.append(("routes", ("<br>".join(told[:SHOWN_ROUTES]) + more) or f"{len(after)}, none added or removed"))
    return rows


def _assets(steps: Sequence[Step]) -> list[tuple[str, str]]:
    rows = []
    for step in _of(steps, RELEASE):
        same = step.before.get("manifest") == step.after.get("manifest")
        change = "" if same else f"; {step.after.get('change') or 'changed'}"
        rows.append(("static files", f"{step.after.get('files', 'none')}{' , unchanged' if same else change}".replace(" ,", ",")))
    return rows


def _image(steps: Sequence[Step]) -> list[tuple[str, str]]:
    rows = []
    for step in _of(steps, IMAGE):
        if step.after.get("contents") == "caddy":
            continue
        old, new = (state.get("manifest") or state.get("digest") or "" for state in (step.before, step.after))
        size = f", {int(step.after.get('size', 0)) / 1e6:.1f} MB"
        rows.append(("image", f"`{new[:19]}`{size}, unchanged" if old == new else f"`{old[:19] or 'none'}` → `{new[:19]}`{size}"))
    return rows


def _resources(steps: Sequence[Step]) -> list[tuple[str, str]]:
    counts: dict[str, int] = {}
    for step in steps:
        counts[step.operation] = counts.get(step.operation, 0) + 1
    told = ", ".join(f"{count} {operation}" for operation, count in sorted(counts.items()) if operation != "same")
    return [("resources", told or "no change")]


def _of(steps: Sequence[Step], token: str) -> list[Step]:
    """The steps that lead to a new state; a replacement is three steps, of which one creates."""
    return [step for step in steps if step.token == token and step.after and not step.operation.startswith("delete")]


def _folded(diff: str, room: int) -> str:
    frame = "\n<details><summary>diff</summary>\n\n````diff\n{}\n````\n</details>\n"
    cut = "\n… cut: the whole diff is in the job's log"
    space = room - len(frame)
    text = diff.replace("````", "'''")
    return frame.format(text if len(text) <= space else text[: space - len(cut)] + cut)


def main(arguments: Sequence[str]) -> int:
    stack, preview, diff = arguments
    print(comment(stack, json.loads(Path(preview).read_text()), Path(diff).read_text()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
