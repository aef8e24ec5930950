"""One error for bad input: what is wrong, where, and what is allowed."""

from __future__ import annotations


class GGGymError(Exception):
    """Base of all errors that gg_gym raises on purpose."""


class InputError(GGGymError):
    """Input that a user can mend: names the place, the value and what is allowed.

    Args:
        where: file, field or argument.
        what: what was found there.
        allowed: the allowed range or values, in words.
    """

    def __init__(self, where: str, what: str, allowed: str = "") -> None:
        self.where, self.what, self.allowed = where, what, allowed
        super().__init__(f"{where}: {what}" + (f" (allowed: {allowed})" if allowed else ""))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str]]:
        """Travel between processes."""
        return type(self), (self.where, self.what, self.allowed)


class DamagedFileError(GGGymError):
    """A data file whose content does not verify; names file, block and field."""

    def __init__(self, path: str, where: str, what: str) -> None:
        self.path, self.where, self.what = path, where, what
        super().__init__(f"{path}: {where}: {what}")

    def __reduce__(self) -> tuple[type[DamagedFileError], tuple[str, str, str]]:
        """Travel between processes."""
        return type(self), (self.path, self.where, self.what)
