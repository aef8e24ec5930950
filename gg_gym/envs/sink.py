"""RunSink: every run an environment simulates lands in an Avro dataset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from gg_gym.physics.site import Conditions
from gg_gym.records.avro import DatasetWriter
from gg_gym.records.simulated import Steered, channel_table, replay, run_data, run_header
from gg_gym.twin import RunBatch, Twin


class RunSink:
    """Writes the runs of an environment; :meth:`commit` makes them durable.

    Args:
        folder: dataset folder.
        name: dataset name.
        split: split of the runs.
        agent: who chooses.
        arm: arm of the study.
        round_: round of the study; the environment's own by default.
        chunks: whether samples are kept (screened runs are records without chunks).
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        name: str = "runs",
        split: str = "train",
        agent: str = "",
        arm: str = "",
        round_: int | None = None,
        chunks: bool = True,
    ) -> None:
        self.folder, self.name, self.split, self.chunks = Path(folder), name, split, chunks
        self.agent, self.arm, self.round = agent, arm, round_
        self._writer: DatasetWriter | None = None

    def writer(self, twin: Twin) -> DatasetWriter:
        """The dataset writer, made with the twin's channels at the first run."""
        if self._writer is None:
            config = {"product": twin.product.digest, "dt": twin.dt, "samples": twin.samples}
            self._writer = DatasetWriter(
                self.folder, self.name, channels=channel_table(twin), config=config, split=self.split
            )
        return self._writer

    def write(
        self,
        twin: Twin,
        runs: RunBatch,
        live: np.ndarray,
        actions: np.ndarray,
        reward: np.ndarray,
        info: Mapping[str, Any],
        round_: int,
    ) -> np.ndarray:
        """Write the first replicate of every live row; returns (n,) run ids ("" where a row waited)."""
        ids = np.full(len(live), "", dtype=object)
        writer = self.writer(twin)
        for row in np.flatnonzero(live):
            terms = [(k, float(v[row])) for k, v in info["reward_terms"].items()]
            about: dict[str, Any] = {
                "split": self.split, "agent": self.agent, "arm": self.arm,
                "round": round_ if self.round is None else self.round, "action": tuple(map(float, actions[row])),
                "reward": float(reward[row]), "reward_terms": tuple(terms),
                "importance_weight": float(info["importance_weight"][row]) if "importance_weight" in info else 1.0,
            }  # fmt: skip
            run = (run_data if self.chunks else run_header)(twin, runs, int(row), **about)
            writer.write(run)
            ids[row] = run.run_id if hasattr(run, "run_id") else run.header.run_id
        return ids

    def write_steered(self, twin: Twin, conditions: Conditions, steered: Steered, reward: float) -> str:
        """Replay a steered run and write it with its action sequence; returns its run id."""
        whole, runs = replay(twin, conditions, steered)
        about: dict[str, Any] = {
            "split": self.split, "agent": self.agent, "arm": self.arm, "round": self.round or 0,
            "reward": reward,
        }  # fmt: skip
        run = run_data(whole, runs, 0, steered, **about)
        self.writer(twin).write(run)
        return run.header.run_id

    def commit(self) -> None:
        """Make everything written so far survive a kill."""
        if self._writer is not None:
            self._writer.commit()

    def close(self) -> None:
        """Commit and let go of the folder."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> RunSink:
        """Enter a with block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; what was not committed before an error is dropped by the writer."""
        if kind is None:
            self.close()
        elif self._writer is not None:
            self._writer.discard()
            self._writer = None
