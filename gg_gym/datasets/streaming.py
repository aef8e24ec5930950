"""Shuffles that resume exactly: batches are a function of (seed, epoch, cursor)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.datasets.windows import WindowDataset
from gg_gym.errors import InputError
from gg_gym.streams import derive, mix
from gg_gym.units import Int

if TYPE_CHECKING:
    import torch
    from torch.utils.data import DataLoader

    Batch = dict[str, torch.Tensor]


class ResumableSampler:
    """Batches of shuffled indices; a batch sampler for a ``DataLoader`` without workers.

    The order of an epoch is a hash of (seed, epoch, index), the same on every machine and every NumPy version.

    Args:
        size: number of items.
        batch_size: items per batch.
        seed: seed of the shuffle.
        epoch: first epoch.
        cursor: batches of that epoch that have been handed out.
        drop_last: leave out a last batch that is not full.
        shuffle: False keeps the order of the items.

    Raises:
        InputError: sizes below one, a cursor beyond the epoch.
    """

    def __init__(
        self,
        size: int,
        batch_size: int,
        seed: int = 0,
        epoch: int = 0,
        cursor: int = 0,
        *,
        drop_last: bool = False,
        shuffle: bool = True,
    ) -> None:
        if size < 1 or batch_size < 1:
            raise InputError("sampler", f"size {size}, batch_size {batch_size}", "at least 1")
        self.size, self.batch_size, self.drop_last, self.shuffle = size, batch_size, drop_last, shuffle
        self.seed, self.epoch, self.cursor = seed, epoch, cursor
        self.load_state_dict({"seed": seed, "epoch": epoch, "cursor": cursor})

    def __len__(self) -> int:
        """Batches in an epoch."""
        full, rest = divmod(self.size, self.batch_size)
        return full + (1 if rest and not self.drop_last else 0)

    def order(self) -> Int:
        """Order of the items (size,) in the current epoch."""
        items = np.arange(self.size)
        if not self.shuffle:
            return items
        keys = mix(derive(self.seed, "shuffle", self.epoch), items.astype(np.uint64))
        return np.argsort(keys, kind="stable")

    def __iter__(self) -> Iterator[list[int]]:
        """Hand out the rest of the current epoch, then turn to the next one."""
        order = self.order()
        while self.cursor < len(self):
            start = self.cursor * self.batch_size
            self.cursor += 1
            yield order[start : start + self.batch_size].tolist()
        self.epoch, self.cursor = self.epoch + 1, 0

    def state_dict(self) -> dict[str, int]:
        """Seed, epoch and batches handed out."""
        return {"seed": self.seed, "epoch": self.epoch, "cursor": self.cursor}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on where a :meth:`state_dict` was taken."""
        self.seed, self.epoch, self.cursor = (int(state[key]) for key in ("seed", "epoch", "cursor"))
        if not 0 <= self.cursor <= len(self):
            raise InputError("cursor", str(self.cursor), f"0 to {len(self)}")


class WindowStream:
    """Batches of windows, epoch after epoch, with a state that resumes exactly.

    Args:
        dataset: windows.
        batch_size: windows per batch.
        seed: seed of the shuffle.
        epochs: epochs to hand out; None = without end.
        drop_last: leave out a last batch that is not full.
    """

    def __init__(
        self,
        dataset: WindowDataset,
        batch_size: int,
        seed: int = 0,
        epochs: int | None = None,
        drop_last: bool = False,
    ) -> None:
        self.dataset, self.epochs = dataset, epochs
        self.sampler = ResumableSampler(len(dataset), batch_size, seed, drop_last=drop_last)

    def __iter__(self) -> Iterator[Batch]:
        """Hand out batches from the current state on."""
        while self.epochs is None or self.sampler.epoch < self.epochs:
            for indices in self.sampler:
                yield self.dataset.__getitems__(indices)

    def state_dict(self) -> dict[str, int]:
        """State behind the last batch that was handed out."""
        return self.sampler.state_dict()

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on where a :meth:`state_dict` was taken."""
        self.sampler.load_state_dict(state)


def as_iterable(stream: WindowStream) -> torch.utils.data.IterableDataset[Batch]:
    """A stream as torch's ``IterableDataset``, for ``DataLoader(..., batch_size=None)``."""
    from torch.utils.data import IterableDataset

    class _Windows(IterableDataset[Any]):
        def __iter__(self) -> Iterator[Batch]:
            return iter(stream)

    return _Windows()


def _collate(batch: Any) -> Any:
    """Hand on a batch, which arrives assembled."""
    return batch


def loader(dataset: WindowDataset, sampler: ResumableSampler, num_workers: int = 0) -> DataLoader[Batch]:
    """A ``DataLoader`` of assembled batches.

    Workers lose on mapped files (each batch crosses shared memory), so the default is none. With workers the
    sampler runs ahead of what was consumed: take the state of a :class:`WindowStream` to resume exactly.
    """
    from torch.utils.data import DataLoader

    source: Any = dataset
    return DataLoader(source, batch_sampler=sampler, collate_fn=_collate, num_workers=num_workers)
