"""Tables in the documents that are made by the code are current."""

from pathlib import Path

import pytest

from gg_gym.errors import InputError
from gg_gym.studies.tables import TABLES, renewed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mark", sorted(TABLES))
def test_a_table_is_current(mark: str) -> None:
    document, make = TABLES[mark]
    text = (ROOT / document).read_text(encoding="utf-8")
    assert renewed(text, mark, make()) == text, "run: python -m gg_gym.studies.tables"


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(InputError, match="its marks are not in the document"):
        renewed("no marks", "grades", "")
