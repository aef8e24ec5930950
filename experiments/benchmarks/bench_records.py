"""Records against raw files: writing, verified reading, windows per second. Run it as a script."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from synthetic_run import channels, make_run

from gg_gym.datasets.streaming import ResumableSampler, loader
from gg_gym.datasets.windows import WindowDataset
from gg_gym.records import DatasetReader, DatasetWriter, RunData
from gg_gym.records.run import GROUPS
from gg_gym.records.transcode import transcode

RUNS = 128


def best(work: Callable[[], object], repeats: int = 7) -> float:
    """Least CPU time of some repetitions [s]: the machine may be shared."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def arrays(run: RunData) -> list[np.ndarray]:
    return [a for group in GROUPS for a in getattr(run, group).values()]


def write(folder: Path, runs: list[RunData], codec: str) -> None:
    with DatasetWriter(folder, "bench", channels=channels(), codec=codec) as writer:
        for run in runs:
            writer.write(run)


def raw_read(path: Path, sizes: list[int]) -> None:
    """Warm read of the same bytes, run by run, and their CRC-32."""
    with path.open("rb") as file:
        for size in sizes:
            zlib.crc32(file.read(size))


def read_all(reader: DatasetReader) -> None:
    for run_id in reader.run_ids:
        reader.read(run_id)


def to_tensors(reader: DatasetReader) -> None:
    """Verified read of every run into torch tensors (copies)."""
    import torch

    for run_id in reader.run_ids:
        data = reader.read(run_id)
        for group in GROUPS:
            for value in getattr(data, group).values():
                torch.from_numpy(value.copy())


def sweep(data: WindowDataset) -> None:
    for _ in loader(data, ResumableSampler(len(data), 32, seed=1)):
        pass


def main() -> None:
    """Print the table."""
    import torch

    torch.set_num_threads(1)
    runs = [make_run(i) for i in range(RUNS)]
    size = sum(a.nbytes for run in runs for a in arrays(run))
    print(f"{RUNS} runs, {size / RUNS / 1e3:.0f} kB each; best CPU time of 7; {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        raw = root / "raw"
        blob = [b"".join(a.tobytes() for a in arrays(run)) for run in runs]
        start = time.process_time()
        with raw.open("wb") as file:
            file.writelines(blob)
            os.fsync(file.fileno())
        raw_write = time.process_time() - start
        base = best(lambda: raw_read(raw, [len(b) for b in blob]))
        rows = [("raw write + fsync", raw_write, size), ("raw read + CRC-32", base, size)]
        for codec in ("null", "zstandard"):
            start = time.process_time()
            write(root / codec, runs, codec)
            rows.append((f"Avro write, {codec}", time.process_time() - start, size))
            reader = DatasetReader(root / codec)
            rows.append((f"Avro read, verified, {codec}", best(lambda r=reader: read_all(r)), size))
            rows.append((f"Avro read into tensors, {codec}", best(lambda r=reader: to_tensors(r)), size))
            rows.append((f"open and index, {codec}", best(lambda c=codec: DatasetReader(root / c)), size))
            stored = sum(p.stat().st_size for p in (root / codec).glob("*.avro"))
            print(f"{codec}: {stored / RUNS / 1e3:.1f} kB stored per run, ratio {size / stored:.2f}")
        print(f"{'what':34s} {'us/run':>8s} {'MB/s':>8s} {'x raw read':>10s}")
        for what, seconds, count in rows:
            print(f"{what:34s} {seconds / RUNS * 1e6:8.0f} {count / seconds / 1e6:8.0f} {seconds / base:10.2f}")
        transcode(root / "zstandard", root / "hot")
        for codec, folder in (("zstandard", "zstandard"), ("null", "hot")):
            for frames in (True, False):
                data = WindowDataset(root / folder, frames=frames)
                rate = RUNS / best(lambda d=data: sweep(d), 5)
                print(f"windows/s through a DataLoader, {codec}, {'with' if frames else 'without'} frames: {rate:.0f}")


if __name__ == "__main__":
    main()
