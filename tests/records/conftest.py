import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def synthetic():
    path = ROOT / "experiments" / "benchmarks" / "synthetic_run.py"
    spec = importlib.util.spec_from_file_location("gg_synthetic_run", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def written(tmp_path, synthetic):
    """A function that writes runs and returns the folder."""
    from gg_gym.records import DatasetWriter

    def write(runs, folder="data", **options):
        with DatasetWriter(tmp_path / folder, "test", channels=synthetic.channels(), **options) as writer:
            for run in runs:
                writer.write(run)
        return tmp_path / folder

    return write
