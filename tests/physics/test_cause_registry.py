"""One key, one cause: neutral value, unit and way of merging."""

import pytest

from gg_gym.physics import causes
from gg_gym.physics.causes import MERGE, NEUTRAL, Cause, register_cause


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("neutral", Cause("arc_gap", "m", 1.0, "another")),
        ("unit", Cause("arc_gap", "mm", 0.0, "another")),
        ("merge", Cause("arc_gap", "m", 0.0, "another", "sum")),
    ],
)
def test_another_cause_under_a_known_key_is_refused(what: str, other: Cause) -> None:
    with pytest.raises(ValueError, match=f"registered already, with {what}"):
        register_cause(other)
    assert NEUTRAL["arc_gap"] == 0.0 and MERGE["arc_gap"] == "only"


def test_the_same_cause_again_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (causes.NEUTRAL, causes.MERGE, causes._REGISTERED):
        monkeypatch.setitem(table, "test_twice", None)
        del table["test_twice"]
    for _ in range(2):
        register_cause(Cause("test_twice", "m", 0.0, "a length", "sum"))
    assert NEUTRAL["test_twice"] == 0.0 and MERGE["test_twice"] == "sum"
