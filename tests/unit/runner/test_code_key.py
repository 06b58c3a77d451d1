from pathlib import Path

import pytest

from f1lib.runner.code_key import ROOMS, bare, code_key

ROOM = '''"""A room."""

LIMIT = 3  # a limit


def f(x: int) -> str:
    """What it gives.

    >>> f(1)
    """
    return f"{x} # {LIMIT}"
'''


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "scoring").mkdir()
    (tmp_path / "scoring" / "scores.py").write_text(ROOM)
    (tmp_path / "weekend.py").write_text("X = 1\n")
    (tmp_path / "settings.py").write_text("Y = 1\n")
    return tmp_path


def changed(house: Path, old: str, new: str) -> str:
    (house / "scoring" / "scores.py").write_text(ROOM.replace(old, new))
    return code_key(house, ["weekend", "scoring"])


def test_words_about_the_code_do_not_change_its_key(house: Path) -> None:
    key = code_key(house, ["weekend", "scoring"])
    for old, new in [
        ("  # a limit", ""), ("What it gives.", "Another word."), ("\n\n\n", "\n\n\n\n# more\n"),
        ("A room.", "The room."),
    ]:  # fmt: skip
        assert changed(house, old, new) == key


@pytest.mark.parametrize(
    ("old", "new"), [("= 3", "= 4"), ("# {LIMIT}", "{LIMIT}"), ("def f", "def g")]
)
def test_a_change_that_can_change_a_number_changes_the_key(house: Path, old: str, new: str) -> None:
    assert changed(house, old, new) != code_key(house, ["weekend"])
    assert changed(house, old, new) != changed(house, "", "")


def test_a_new_module_a_new_name_and_no_other_room_change_the_key(house: Path) -> None:
    key = code_key(house, ["weekend", "scoring"])
    (house / "settings.py").write_text("Y = 2\n")
    assert code_key(house, ["weekend", "scoring"]) == key
    (house / "scoring" / "scores.py").rename(house / "scoring" / "points.py")
    renamed = code_key(house, ["weekend", "scoring"])
    (house / "scoring" / "more.py").write_text("Z = 1\n")
    assert len({key, renamed, code_key(house, ["weekend", "scoring"])}) == 3


def test_bare_source_is_still_the_same_program() -> None:
    room: dict[str, object] = {}
    exec(bare(ROOM), room)  # noqa: S102 the program of this test
    assert room["f"](1) == "1 # 3"


def test_every_room_of_the_key_exists() -> None:
    import f1lib

    house = Path(f1lib.__file__).parent
    assert all((house / room).is_dir() or (house / f"{room}.py").is_file() for room in ROOMS)
