"""What a failed build tells."""

from pathlib import Path

from nextcore.distribution import _told_error


def test_the_builders_error_is_told_as_it_is() -> None:
    told = ["Failed to compile", "error: the app's build failed (exit code 1)", "  where: /app, npm run build", "  next: mend it"]
    error = _told_error(told, Path("/app"))
    assert str(error) == "the app's build failed (exit code 1)\n  where: /app, npm run build\n  next: mend it"


def test_lines_that_go_on_stay_where_they_are() -> None:
    error = _told_error(["error: two things", "  one", "  two", "  next: mend them"], Path("/app"))
    assert error.what == "two things\n  one\n  two"
    assert error.where == "/app"


def test_without_a_block_the_last_lines_are_told() -> None:
    assert _told_error(["a", "b"], Path("/app")).what == "a\nb"
