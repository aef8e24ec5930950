"""Errors keep their words and travel between processes."""

import pickle

import pytest

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.registry import Registry


def test_errors_survive_a_process_boundary():
    for error in (InputError("field", "got 3", "0 to 1"), DamagedFileError("a.avro", "block 3", "CRC")):
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error) and vars(again) == vars(error)


def test_a_registry_names_what_it_knows_and_refuses_doubles():
    registry: Registry[int] = Registry("thing")
    registry.add("a", 1)
    with pytest.raises(InputError, match="a"):
        registry["b"]
    with pytest.raises(ValueError, match="already"):
        registry.add("a", 2)
    assert list(registry) == ["a"] and "a" in registry and len(registry) == 1
