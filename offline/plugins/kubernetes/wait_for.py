"""The annotation pulumi.com/waitFor: `condition=Ready`, `condition=Synced=False`, `jsonpath={.status.phase}=Running`,
or a JSON list of these, all of which must hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import jsonpath

from offline.plugins.kubernetes.failures import PluginError
from offline.plugins.kubernetes.objects import WAIT_FOR
from offline.plugins.kubernetes.readiness import READY, Progress, Rule, condition, failed, observed, said, waiting
from offline.plugins.kubernetes.values import Object

KNATIVE = "serving.knative.dev/"
JSONPATH = re.compile(r"jsonpath=\{\s*(?P<path>.*?)\s*\}(?:=(?P<value>.+))?")


def parse(text: str) -> Rule:
    """The rule of an annotation. Raises PluginError where it is not understood."""
    rules = [_expression(entry) for entry in _entries(text)]

    def holds(obj: Object) -> Progress:
        return next((found for rule in rules if not (found := rule(obj)).ready), READY)

    return holds


def _entries(text: str) -> list[str]:
    try:
        listed = json.loads(text)
    except ValueError:
        return [text]
    if not isinstance(listed, list) or not listed or not all(isinstance(entry, str) for entry in listed):
        raise _not_understood(text)
    return listed


def _expression(text: str) -> Rule:
    if text.startswith("condition="):
        name, _, value = text.removeprefix("condition=").partition("=")
        return _condition(name, value or "True")
    if found := JSONPATH.fullmatch(text):
        return _path(found["path"], found["value"], text)
    raise _not_understood(text)


def _condition(name: str, wanted: str) -> Rule:
    def holds(obj: Object) -> Progress:
        entry = condition(obj, name)
        if entry is None or not observed(obj, entry):
            return waiting(f"no condition {name} yet")
        if str(entry.get("status")).lower() == wanted.lower():
            return READY
        # A Knative object says False only when something is wrong; elsewhere False may be how it begins.
        told = wanted == "True" and entry.get("status") == "False" and str(obj.get("apiVersion")).startswith(KNATIVE)
        return Progress("failing" if told else "waiting", said(entry))

    return holds


def _path(path: str, wanted: str | None, text: str) -> Rule:
    try:
        query: Callable[[Any], Any] = jsonpath.compile(path if path.startswith("$") else f"${path}").findall
    except jsonpath.JSONPathError as error:
        raise PluginError(f"{WAIT_FOR}: {text} is no JSONPath: {error}") from None

    def holds(obj: Object) -> Progress:
        if not observed(obj):
            return waiting("the controller has not seen this version yet")
        found = query(obj)
        if not found:
            return waiting(f"{path} is not there")
        if wanted is None:
            return READY
        if isinstance(found[0], dict | list):
            return failed(f"{path} is no single value and cannot be compared with {wanted}")
        value = str(found[0]).lower() if isinstance(found[0], bool) else str(found[0])
        return READY if value == wanted else waiting(f"{path} is {value}, wanted {wanted}")

    return holds


def _not_understood(text: str) -> PluginError:
    return PluginError(
        f"the annotation {WAIT_FOR} is not understood: {text}\n"
        "  next: write condition=Ready, condition=Name=Value, jsonpath={.path}, jsonpath={.path}=value, or a JSON list of these"
    )
