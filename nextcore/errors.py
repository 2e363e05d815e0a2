"""Errors that are the user's to solve."""

from __future__ import annotations


class UserError(Exception):
    """What was wrong, where (file and key, or command), and what to do next. Shown without a traceback."""

    def __init__(self, what: str, where: str = "", next: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.next = what, where, next

    def __str__(self) -> str:
        parts = [self.what, f"  where: {self.where}" if self.where else "", f"  next: {self.next}" if self.next else ""]
        return "\n".join(part for part in parts if part)


class UserErrors(UserError):
    """Several mistakes, told at once."""

    def __init__(self, errors: list[UserError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors
