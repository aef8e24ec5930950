"""Windows of readings over Avro datasets: what a detector sees, and nothing that it must not see.

A window is 64 consecutive samples that end at a given sample; one that begins before the record is padded on the left
under a mask of zeros. Truth, hidden state and physics come only with ``truth=True``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.records.reader import DatasetReader
from gg_gym.records.run import MISSING, Array, RunData, RunHeader
from gg_gym.units import Bool, Float32, Int

if TYPE_CHECKING:
    import torch

    Batch = dict[str, torch.Tensor]

#: Samples in a window, frame slots in it.
WIDTH, FRAMES = 64, 8
_LABELS = ("labels/event_class", "labels/severity", "labels/anomaly")


class WindowDataset:
    """Map-style dataset of windows (a ``torch.utils.data.Dataset`` by duck typing).

    Items are numbered run by run, end by end. A batch is a dict of tensors:

    * ``x`` (B, C, 64) float32: scalar readings in the order and units of :attr:`channels`; missing ones are 0.
    * ``mask`` (B, C, 64) float32: 1 where a reading is there.
    * ``thermal`` (B, 8, 60, 80) float32 [K] and ``tmask`` (B, 8): latest frame of each eighth (``frames=True``).
    * ``event_class`` (B,) int64, ``severity`` (B,) and ``anomaly`` (B,) float32: class and severity of the
      most severe sample, and any anomaly, within the window.
    * ``run`` (B,) int64 index into :attr:`headers`, ``end`` (B,) int64 samples seen.
    * ``truth`` (B, C, 64) float32 and ``physics`` (B, P, 64) float32, only with ``truth=True``.

    Args:
        folders: dataset folders with equal channels.
        truth: hand out ideal readings and physical truth.
        frames: hand out thermal frames.
        ends: window ends, in samples from the beginning of a run; None = the end of each run.
        runs: ids to keep; None = all runs that have samples.
        image: name of the image instrument.

    Raises:
        InputError: no runs with samples, different channels, an end that no run reaches, an unknown run id.
        DamagedFileError: a dataset that does not verify.
    """

    def __init__(
        self,
        folders: str | Path | Sequence[str | Path],
        truth: bool = False,
        frames: bool = True,
        ends: Sequence[int] | None = (WIDTH,),
        runs: Collection[str] | None = None,
        image: str = "thermal",
    ) -> None:
        listed = [folders] if isinstance(folders, str | Path) else list(folders)
        self.readers = [DatasetReader(folder) for folder in listed]
        self.truth, self.frames, self.image = truth, frames, image
        self.channels = _common_channels(self.readers)
        self.instruments, self._columns = _columns(self.channels)
        self.headers: list[RunHeader] = []
        self._items: list[tuple[int, int, int]] = []
        self._list(ends, None if runs is None else set(runs))
        self._physics: tuple[str, ...] | None = None
        self._pixels: tuple[int, int] | None = None

    def _list(self, ends: Sequence[int] | None, wanted: set[str] | None) -> None:
        """Number the windows."""
        missing = set(wanted or ())
        for number, reader in enumerate(self.readers):
            for header in reader.runs():
                if reader.place(header.run_id).count == 0 or (wanted is not None and header.run_id not in wanted):
                    continue
                missing.discard(header.run_id)
                self.headers.append(header)
                for end in [header.samples] if ends is None else ends:
                    if 1 <= end <= header.samples:
                        self._items.append((number, len(self.headers) - 1, int(end)))
        if missing:
            raise InputError(
                "runs", f"{len(missing)} ids without samples, such as {min(missing)}", "ids in the folders"
            )
        if not self._items:
            raise InputError("folders", "no window in them", "at least one run with samples that reaches an end")

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._items)

    def __getitem__(self, index: int) -> Batch:
        """One window, without the batch axis."""
        return {key: value[0] for key, value in self.__getitems__([index]).items()}

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """A batch of windows, read into one set of arrays.

        Raises:
            DamagedFileError: names file, block and field.
        """
        import torch

        return {key: torch.from_numpy(value) for key, value in self.arrays(indices).items()}

    def tensors(self) -> Batch:
        """All windows as one batch, for training sets that fit into memory."""
        return self.__getitems__(range(len(self)))

    def arrays(self, indices: Sequence[int]) -> dict[str, Array]:
        """A batch of windows as NumPy arrays; see the class."""
        items = [self._items[i] for i in indices]
        out = self._allocate(len(items))
        wanted = self._wanted()
        for row, (reader, run, end) in enumerate(items):
            header = self.headers[run]
            out["run"][row], out["end"][row] = run, end
            self._fill(out, row, _Span(self.readers[reader], header, end, wanted))
        self._mask(out)
        return out

    def _wanted(self) -> set[str]:
        """Names of the arrays to read."""
        wanted = {f"{group}/{k}" for group in ("readings", "status") for k in self.instruments} | set(_LABELS)
        if self.frames:
            wanted |= {f"readings/{self.image}", "frame_samples"}
        if self.truth:
            wanted |= {f"truth/{k}" for k in self.instruments} | {f"physics/{k}" for k in self.physics}
        return wanted

    @property
    def physics(self) -> tuple[str, ...]:
        """Names of the physical truth, in the order of the batch's ``physics``."""
        if self._physics is None:
            self._physics = tuple(sorted(self._first().physics))
        return self._physics

    def _first(self) -> RunData:
        number, run, _ = self._items[0]
        return self.readers[number].read(self.headers[run].run_id)

    def _allocate(self, n: int) -> dict[str, Array]:
        """Arrays of a batch; everything that is not written is padding."""
        c, i = len(self.channels), len(self.instruments)
        out: dict[str, Array] = {
            "x": np.zeros((n, c, WIDTH), np.float32),
            "mask": np.zeros((n, i, WIDTH), np.float32),
            "event_class": np.zeros(n, np.int64),
            "severity": np.zeros(n, np.float32),
            "anomaly": np.zeros(n, np.float32),
            "run": np.zeros(n, np.int64),
            "end": np.zeros(n, np.int64),
        }
        if self.frames:
            if self._pixels is None:
                found = self._first().readings.get(self.image)
                self._pixels = (60, 80) if found is None else (found.shape[1], found.shape[2])
            out["thermal"] = np.zeros((n, FRAMES, *self._pixels), np.float32)
            out["tmask"] = np.zeros((n, FRAMES), np.float32)
        if self.truth:
            out["truth"] = np.zeros((n, c, WIDTH), np.float32)
            out["physics"] = np.zeros((n, len(self.physics), WIDTH), np.float32)
        return out

    def _fill(self, out: dict[str, Array], row: int, span: _Span) -> None:
        """Write one window."""
        left = WIDTH - (span.end - span.start)
        for number, instrument in enumerate(self.instruments):
            columns = self._columns[number]
            out["x"][row, columns, left:] = span.take(f"readings/{instrument}").T
            out["mask"][row, number, left:] = (span.take(f"status/{instrument}") & MISSING) == 0
            if self.truth:
                out["truth"][row, columns, left:] = span.take(f"truth/{instrument}").T
        if self.truth:
            for number, name in enumerate(self.physics):
                out["physics"][row, number, left:] = span.take(f"physics/{name}")
        event, severity, anomaly = (span.take(name) for name in _LABELS)
        worst = most_severe(event, severity)
        out["event_class"][row], out["severity"][row] = event[worst], severity[worst]
        out["anomaly"][row] = anomaly.any()
        if self.frames:
            self._fill_frames(out, row, span)

    def _fill_frames(self, out: dict[str, Array], row: int, span: _Span) -> None:
        """Write the frames of one window, each into the slot of its eighth of the window."""
        at, frames = span.frames(f"readings/{self.image}")
        if not at.size:
            return
        slots = (at - (span.end - WIDTH)) * FRAMES // WIDTH
        seen = frames[:, 0, 0] > 0
        out["thermal"][row, slots] = frames * np.float32(0.01) * seen[:, None, None]
        out["tmask"][row, slots] = seen

    def _mask(self, out: dict[str, Array]) -> None:
        """Spread the masks over the channels, and put zero where nothing is."""
        sizes = [np.arange(len(self.channels))[c].size for c in self._columns]
        mask: Float32 = np.repeat(out["mask"], sizes, axis=1)
        there: Bool = (mask > 0) & np.isfinite(out["x"])
        out["x"] = np.where(there, out["x"], np.float32(0))
        out["mask"] = there.astype(np.float32)


class _Span:
    """The samples of one run under one window, put together from its chunks."""

    def __init__(self, reader: DatasetReader, header: RunHeader, end: int, wanted: Collection[str]) -> None:
        self.start, self.end = max(0, end - WIDTH), end
        first, last = self.start // WIDTH, (end - 1) // WIDTH
        once = reader.manifest["codec"] == "null"
        self._parts = [reader.chunk(header.run_id, i, wanted, once) for i in range(first, last + 1)]
        self._t0 = self._parts[0].t0

    def _whole(self, name: str) -> Array:
        if name not in self._parts[0].arrays:
            raise InputError(name, "is not in the dataset", ", ".join(sorted(self._parts[0].arrays)))
        if len(self._parts) == 1:
            return self._parts[0].arrays[name]
        return np.concatenate([part.arrays[name] for part in self._parts])

    def take(self, name: str) -> Array:
        """Samples of an array, first axis time."""
        return self._whole(name)[self.start - self._t0 : self.end - self._t0]

    def frames(self, name: str) -> tuple[Int, Array]:
        """Sample numbers and frames within the window; none where the run has no frames."""
        if name not in self._parts[0].arrays:
            return np.zeros(0, np.int64), np.zeros((0, 1, 1), np.uint16)
        at = self._whole("frame_samples").astype(np.int64)
        inside = (at >= self.start) & (at < self.end)
        return at[inside], self._whole(name)[inside] if inside.any() else np.zeros((0, 1, 1), np.uint16)


def most_severe(event: Array, severity: Array) -> int:
    """Index of the most severe event sample (T,); the first of equals; 0 if every sample is normal."""
    return int(np.where(event > 0, severity + 1.0, 0.0).argmax())


def _common_channels(readers: Iterable[DatasetReader]) -> list[dict[str, Any]]:
    """Channels of all datasets, which must be equal."""
    found = {str(reader.folder): reader.channels for reader in readers}
    if not found:
        raise InputError("folders", "none given", "at least one dataset folder")
    first = next(iter(found.values()))
    for folder, channels in found.items():
        if channels != first:
            raise InputError(folder, "its channels differ from the first dataset's", "datasets of one product")
        if not channels:
            raise InputError(folder, "its manifest lists no channels", "a dataset written with channels")
    return first


def _columns(channels: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], list[slice]]:
    """Instruments in order and their slices of the channel axis."""
    instruments: list[str] = []
    columns: list[slice] = []
    start = 0
    for position, channel in enumerate(channels):
        if not instruments or channel["instrument"] != instruments[-1]:
            if channel["instrument"] in instruments:
                raise InputError(
                    f"channels[{position}]", "its instrument's channels are not together", "grouped channels"
                )
            instruments.append(channel["instrument"])
            start = position
            columns.append(slice(start, start))
        columns[-1] = slice(start, position + 1)
    return tuple(instruments), columns
