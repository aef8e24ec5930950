"""Registries: a key names a class; nothing is ever imported because a file says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from gg_gym.errors import InputError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Keys to registered objects of one kind.

    Raises:
        InputError: an unknown key; the message lists the known ones.
        ValueError: a key registered twice for different objects.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def add(self, key: str, entry: T) -> T:
        """Register ``entry`` under ``key`` and return it; the same definition loaded again takes its place."""
        before = self._entries.get(key, entry)
        if before is not entry and _name(before) != _name(entry):
            raise ValueError(f"{self.kind} {key!r} is registered already")
        self._entries[key] = entry
        return entry

    def register(self, key: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates under ``key``."""
        return lambda entry: self.add(key, entry)

    def __getitem__(self, key: str) -> T:
        """Return the entry of ``key``."""
        try:
            return self._entries[key]
        except KeyError:
            known = ", ".join(sorted(self._entries))
            raise InputError(self.kind, f"unknown key {key!r}", known) from None

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys in the order of registration."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        """Return whether ``key`` is registered."""
        return key in self._entries


def _name(entry: object) -> tuple[object, object] | int:
    """Where an entry was defined, or its identity where that is not known."""
    place = getattr(entry, "__module__", None), getattr(entry, "__qualname__", None)
    return place if None not in place else id(entry)
