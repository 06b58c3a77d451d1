import pytest

from f1lib.errors import ConfigurationError
from f1lib.pipelines import model_card


def test_the_simulated_world_gets_no_card(home, tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="A model card is about Formula 1"):
        model_card.write(home.settings, now=home.now, folder=tmp_path)
    assert not list(tmp_path.glob("model-card*"))


def test_the_numbers_are_one_score_a_line_and_read_back_the_same() -> None:
    import json

    rows = [{"metric": "rps", "value": 0.1}, {"metric": 'a "quoted" @0@', "value": None}]
    card = {"model": "two_stage", "periods": [{"n": 2, "scores": rows}],
            "frozen": {"n": 2, "scores": [{"losses": [{"loss": 0.1}]}]}}  # fmt: skip
    text = model_card.as_text(card)
    assert json.loads(text) == card
    assert '        {"metric": "rps", "value": 0.1},\n' in text
