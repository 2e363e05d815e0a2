"""Property values there and back."""

from __future__ import annotations

from pulumi.provider.experimental.property_value import PropertyValue

from provider.nextcore_provider.values import plain, with_outputs, wrapped


def test_there_and_back() -> None:
    value = {"text": "a", "number": 3, "flag": True, "none": None, "list": [1, {"deep": "x"}]}
    assert plain(wrapped(value)) == value


def test_inputs_stay_secret_beside_outputs() -> None:
    secret = PropertyValue("token", is_secret=True)
    found = with_outputs({"password": secret}, {"reference": "app:1"})
    assert found["password"].is_secret
    assert plain(found["reference"]) == "app:1"
