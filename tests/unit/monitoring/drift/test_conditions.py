import pandas as pd

from f1lib.monitoring.drift import conditions
from f1lib.monitoring.drift.profile import Profile

WEEKENDS = ["2020-01", "2021-22"]
STRATA = dict.fromkeys(WEEKENDS, "permanent")


def profile() -> Profile:
    frame = pd.DataFrame({
        "weekend": WEEKENDS, "constructor": ["oak", "elm"], "n_entries": [20, 20],
        "tyre": ["soft", "hard"],
    })  # fmt: skip
    return Profile.of(
        frame, features=["tyre"], strata=STRATA, identities=["constructor", "n_entries"]
    )


def test_a_new_team_field_size_or_tyre_is_named_with_its_races() -> None:
    now = pd.DataFrame({
        "weekend": ["2022-01", "2022-01", "2022-02"], "constructor": ["oak", "ash", "ash"],
        "n_entries": [22.0, 22.0, 20.0], "tyre": ["soft", "inter", None],
    })  # fmt: skip
    found = conditions.new_conditions(profile(), now)
    assert [(new.column, new.level, new.weekends) for new in found] == [
        ("constructor", "ash", ("2022-01", "2022-02")),
        ("n_entries", "22", ("2022-01",)),
        ("tyre", "inter", ("2022-01",)),
    ]
    assert str(found[1]) == "n_entries 22 was never seen in the reference window (2022-01)."


def test_a_window_of_known_names_has_no_new_conditions() -> None:
    now = pd.DataFrame({"weekend": ["2022-01"], "constructor": ["elm"], "n_entries": [20],
                        "tyre": [None]})  # fmt: skip
    assert conditions.new_conditions(profile(), now) == ()
    assert conditions.new_conditions(profile(), now.iloc[:0]) == ()


def test_a_reset_after_or_inside_the_reference_is_noted_and_no_other() -> None:
    now = pd.DataFrame({"weekend": ["2022-03"], "constructor": ["elm"], "n_entries": [20]})
    (after,) = conditions.notes(profile(), now, [2014, 2022, 2026], ["2022-03"])
    assert "reset for 2022, after the reference window (2020-01 to 2021-22)" in after
    (inside,) = conditions.notes(profile(), now, [2021], ["2022-03"])
    assert "spans the reset of the regulations for 2021" in inside
    assert conditions.notes(profile(), now, [2020], ["2022-03"]) == ()


def test_an_identity_that_is_not_there_is_noted() -> None:
    now = pd.DataFrame({"weekend": ["2022-03"], "constructor": ["elm"]})
    (lost,) = conditions.notes(profile(), now, [], [])
    assert lost == ("The current window has no column n_entries, so new names in it go unnoticed.")
