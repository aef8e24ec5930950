"""A workshop without physics: runs land in JSON lines, a detector is a number, and everything is fast."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gg_gym.agents.toy import ToySelection
from gg_gym.streams import uniforms


class ToySink:
    def __init__(self, folder):
        self.folder, self.rows, self.closed = Path(folder), [], False

    def __call__(self, actions, rewards):
        self.rows += [[float(x) for x in row] for row in actions]

    def close(self):
        self.folder.mkdir(parents=True)
        (self.folder / "manifest.json").write_text(json.dumps(self.rows))
        self.closed = True


class ToyWorkshop:
    """``fail_at`` raises KeyboardInterrupt at the n-th call; ``calls`` counts runs stepped."""

    def __init__(self, config, fail_at=None):
        self.config, self.fail_at, self.count = config, fail_at, 0
        self.environments, self.screens = [], []

    def _tick(self):
        self.count += 1
        if self.count == self.fail_at:
            raise KeyboardInterrupt

    def sink(self, folder, split, arm="", round_index=0, agent="stratified"):
        self._tick()
        return ToySink(folder)

    def environment(self, split, rows, budget, reward, sink):
        self._tick()
        self.environments.append(ToySelection(rows, budget, sink=sink))
        return self.environments[-1]

    def screening(self, rows, reward):
        self._tick()
        self.screens.append(ToySelection(rows, 1))
        return self.screens[-1]

    def centre_scale(self, environment):
        return None

    def overhead(self):
        return 10

    def _rows(self, folders):
        return [row for folder in folders for row in json.loads((Path(folder) / "manifest.json").read_text())]

    def train(self, folders, validation, seed):
        self._tick()
        rows = self._rows(folders)
        return {"runs": len(rows), "sum": float(np.sum(rows)), "noise": float(uniforms(seed, "toy.fit", 1)[0])}

    def train_reference(self, folder, seed):
        self._tick()
        return {"runs": len(self._rows([folder]))}

    def evaluate(self, detector, folder):
        self._tick()
        assert len(self._rows([folder])) == self.config.sets.heldout
        return {"macro_auprc": 1.0 - 1.0 / (1.0 + detector["runs"]) - 0.001 * detector["noise"], "nll": 0.1}

    def card(self, detector, folder, before):
        self._tick()
        return {"auprc": detector["noise"], "validation_loss": 1.0}

    def save(self, detector, folder):
        folder.mkdir(parents=True)
        (folder / "detector.json").write_text(json.dumps(detector))

    def load(self, folder):
        return json.loads((folder / "detector.json").read_text())
