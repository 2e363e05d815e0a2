"""Many requests at once: bounded, repeated, and what failed is told by key."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

from nextcore.errors import UserError

PARALLEL = 32  # 395 files/s on one server; 64 gave nothing more
ROUNDS = 3  # beyond obstore's own retries: a body damaged on its way is answered 400, which obstore takes as final
FAILURES_IN_A_ROW = PARALLEL  # then the server is down, and going on would only take longer

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class _Round(Generic[Item, Result]):
    done: dict[str, Result] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    in_a_row: int = 0


async def transfer(
    items: Mapping[str, Item], work: Callable[[Item], Awaitable[Result]]
) -> tuple[dict[str, Result], dict[str, str]]:
    """(results, reasons of failures) by key. UserError and refused credentials end it at once, as repeating helps nothing."""
    done: dict[str, Result] = {}
    waiting = dict(items)
    reasons: dict[str, str] = {}
    for _ in range(ROUNDS):
        found: _Round[Item, Result] = _Round()
        await _run(waiting, work, found)
        done.update(found.done)
        waiting = {key: item for key, item in waiting.items() if key not in found.done}
        reasons = {key: found.failed.get(key, "not tried any more") for key in waiting}
        if not waiting or found.in_a_row >= FAILURES_IN_A_ROW:
            break
    return done, reasons


async def _run(items: Mapping[str, Item], work: Callable[[Item], Awaitable[Result]], found: _Round[Item, Result]) -> None:
    queue = iter(list(items.items()))

    async def worker() -> None:
        for key, item in queue:
            if found.in_a_row >= FAILURES_IN_A_ROW:
                return
            try:
                found.done[key] = await work(item)
                found.in_a_row = 0
            except (UserError, PermissionDeniedError, UnauthenticatedError):
                raise
            except Exception as error:  # obstore raises its own, OSError and ValueError alike
                found.failed[key] = reason(error)
                found.in_a_row += 1

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(PARALLEL, len(items))):
                group.create_task(worker())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def reason(error: BaseException) -> str:
    """The server's own code and message; the rest of obstore's text (URLs, key ids, debug output) is left out."""
    text = str(error)
    code, message = (re.search(rf"<{tag}>([^<]*)</{tag}>", text) for tag in ("Code", "Message"))
    if code:
        return html.unescape(f"{code.group(1)}: {message.group(1)}" if message else code.group(1))
    status = re.search(r"status code: (\d+ [A-Za-z ]+)", text)
    if status:
        return status.group(1).strip()
    known = ("Connection refused", "connection closed", "Connection reset", "timed out", "dns error", "certificate")
    return next((word for word in known if word.lower() in text.lower()), text.splitlines()[0][:200] if text else "no words")


def told(reasons: Mapping[str, str], shown: int = 10) -> str:
    """For an error: the first keys with their reasons, and how many more there are."""
    lines: Sequence[str] = [f"    {key}: {why}" for key, why in sorted(reasons.items())[:shown]]
    more = len(reasons) - len(lines)
    return "\n".join([*lines, *([f"    and {more} more"] if more > 0 else [])])
