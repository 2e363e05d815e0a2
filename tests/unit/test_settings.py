"""Config mistakes are told all at once, with file, key and what to do."""

import json
from pathlib import Path

import pytest

from nextcore.errors import UserErrors
from stacks.load import Loaded, load_settings


@pytest.fixture
def app(tmp_path: Path) -> str:
    (tmp_path / "package.json").write_text("{}")
    return str(tmp_path)


def load(config: dict[str, object], secret: bool = False) -> Loaded:
    texts = {f"nextcore:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return load_settings(texts, {"nextcore:secrets", "nextcore:apiSecrets"} if secret else set(), "test", None)


def test_the_smallest_file_is_the_path(app: str) -> None:
    settings, secrets, _ = load({"app": {"path": app}})
    assert settings.assets.retain_builds == 5
    assert secrets == {}


def test_every_mistake_is_told_at_once(app: str) -> None:
    with pytest.raises(UserErrors) as caught:
        load({"app": {"path": app, "nmae": "x"}, "resources": {"memory": 3}, "asets": {}})
    text = str(caught.value)
    assert "unknown key `nmae`" in text and "did you mean `name`?" in text
    assert "nextcore:resources.memory" in text and "found 3" in text
    assert "did you mean `assets`?" in text
    assert "stacks/Pulumi.test.yaml" in text


def test_a_folder_that_is_none_is_told_with_the_rest(tmp_path: Path) -> None:
    with pytest.raises(UserErrors) as caught:
        load({"app": {"path": str(tmp_path / "nothing")}, "domains": ["https://shop.example", "*.shop.example"]})
    text = str(caught.value)
    assert "no package.json" in text
    assert "nextcore:domains.0" in text and "mend the value: Hosts with automatic HTTPS" in text
    assert "nextcore:domains.1" not in text


def test_a_public_name_that_looks_like_a_secret_is_refused(app: str) -> None:
    with pytest.raises(UserErrors, match="NEXT_PUBLIC_API_KEY"):
        load({"app": {"path": app}, "env": {"NEXT_PUBLIC_API_KEY": "x"}})


def test_a_public_value_that_is_a_configured_secret_is_refused(app: str) -> None:
    with pytest.raises(UserErrors, match="holds a value of"):
        load({"app": {"path": app}, "env": {"NEXT_PUBLIC_NAME": "s3cret"}, "secrets": {"DB": "s3cret"}}, secret=True)


def test_secrets_in_plain_text_are_refused(app: str) -> None:
    with pytest.raises(UserErrors, match="unencrypted"):
        load({"app": {"path": app}, "secrets": {"DB": "s3cret"}})


def test_a_folder_that_is_no_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserErrors, match=r"no package\.json"):
        load({"app": {"path": str(tmp_path / "nothing")}})


def test_the_path_can_be_given_from_outside(app: str) -> None:
    settings, *_ = load_settings({"nextcore:app": json.dumps({"path": "elsewhere", "name": "shop"})}, set(), "test", app)
    assert settings.app.path == app
    assert settings.app.name is None


RELEASE = "sha256:" + "0" * 64


def test_a_release_needs_no_source() -> None:
    settings, *_ = load({"app": {"name": "shop"}, "registry": "registry.example/team", "release": RELEASE})
    assert settings.release_source == ("registry.example/team/shop", RELEASE)


def test_a_release_of_another_registry_names_it() -> None:
    settings, *_ = load({"release": f"registry.example/staging/shop@{RELEASE}"})
    assert settings.release_source == ("registry.example/staging/shop", RELEASE)


def test_a_digest_alone_needs_to_know_where() -> None:
    with pytest.raises(UserErrors, match=r"needs registry and app.name") as caught:
        load({"release": RELEASE})
    assert "found" not in str(caught.value), "the whole config is no value to show"
