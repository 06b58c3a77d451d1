import pandas as pd
import pytest

from f1lib.errors import TableContractError
from f1lib.tables import calendar, sessions
from f1lib.tables.contract import vouch
from f1lib.tables.history import TABLES


def entries(**changes: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "weekend": ["2031-02", "2031-01"],
            "driver": ["bo", "ada"],
            "constructor": ["x", "x"],
            "car_number": ["2", None],
        }
    )
    return frame.assign(**changes)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_without_rows_keeps_its_types(table) -> None:
    empty = vouch(table, table.empty())
    assert list(empty.columns) == list(table.columns)
    assert empty.dtypes.astype(str).to_dict() == {
        name: column.kind.value for name, column in table.columns.items()
    }


def test_rows_are_sorted_by_weekend_and_further_columns_dropped() -> None:
    built = vouch(sessions.ENTRIES, entries(helmet="red"))
    assert list(built["weekend"]) == ["2031-01", "2031-02"]
    assert "helmet" not in built


def test_every_fault_is_said_at_once_with_its_values() -> None:
    frame = entries(weekend=["31-1", "2031-01"], driver=[None, "ada"])
    with pytest.raises(TableContractError) as caught:
        vouch(sessions.ENTRIES, frame)
    assert "weekend breaks" in str(caught.value)
    assert "'31-1'" in str(caught.value)
    assert "driver breaks not_nullable" in str(caught.value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(TableContractError, match="lacks the column constructor"):
        vouch(sessions.ENTRIES, entries().drop(columns="constructor"))


def test_a_text_where_a_number_belongs_is_named() -> None:
    frame = pd.DataFrame([dict.fromkeys(calendar.RACES.columns, "x")])
    with pytest.raises(TableContractError, match="should hold"):
        vouch(calendar.RACES, frame)


def test_a_key_that_occurs_twice_is_refused_with_the_key() -> None:
    twice = pd.concat([entries(), entries()], ignore_index=True)
    with pytest.raises(TableContractError, match=r"4 rows that share a key .*2031-01, ada"):
        vouch(sessions.ENTRIES, twice)
