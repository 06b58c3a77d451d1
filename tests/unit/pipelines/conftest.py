"""A home that has been lived in: a simulated world, a champion, two rounds forecast and settled."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from invented_arena import EQUAL, POOR, SAME, Arena, plant

from f1lib.pipelines import ingest, predict, retrain, settle
from f1lib.pipelines import recipe as recipes
from f1lib.settings import Settings
from f1lib.sources.simulated import world
from f1lib.weekend import RaceWeekend

WORLD = ingest.World(seed=7, scenario="stable", seasons=3)


@dataclass(frozen=True)
class Home:
    """Settings of a home, the time there, and the weekends the champion may forecast."""

    settings: Settings
    now: datetime
    weekends: tuple[RaceWeekend, ...]
    world: ingest.World = WORLD


def settings_in(folder: Path) -> Settings:
    return Settings(home=folder, f1db="")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Home:
    settings = settings_in(tmp_path_factory.mktemp("furnished"))
    invented = world.build(WORLD.seed, WORLD.scenario, WORLD.seasons)
    now = invented.last_race_at.replace(hour=23)
    ingest.simulate(settings, WORLD, published=None, now=now)
    weekends = tuple(ingest.known(settings).completed()[-4:])
    retrain.retrain(weekends[0], settings, now=now)
    predict.predict(weekends[:2], settings, now=now)
    for weekend in weekends[:2]:
        settle.settle(weekend, settings, now=now)
    return Home(settings, now, weekends)


@pytest.fixture
def home(furnished: Home, tmp_path: Path) -> Home:
    """A copy of it that a test may change."""
    shutil.copytree(furnished.settings.home, tmp_path / "home")
    return Home(settings_in(tmp_path / "home"), furnished.now, furnished.weekends)


@pytest.fixture(scope="session")
def planted(furnished, tmp_path_factory: pytest.TempPathFactory) -> Arena:
    folder = tmp_path_factory.mktemp("arena") / "home"
    shutil.copytree(furnished.settings.home, folder)
    settings = Settings(home=folder, f1db="")
    good = recipes.recipe(settings)
    poor = replace(good, race_l2=1e5, qualifying_l2=1e5)
    first = furnished.weekends[0]
    plant(settings, first, POOR, poor)
    plant(settings, first, SAME, poor)
    plant(settings, first, EQUAL, replace(good, seed=good.seed + 1))
    retrain.retrain(furnished.weekends[3], settings, now=furnished.now)  # NEWER
    return Arena(settings, furnished.now, furnished.weekends)


@pytest.fixture
def arena(planted: Arena, tmp_path: Path) -> Iterator[Arena]:
    shutil.copytree(planted.settings.home, tmp_path / "home")
    settings = planted.settings.model_copy(update={"home": tmp_path / "home"})
    yield replace(planted, settings=settings)
    for kept in (tmp_path / "home" / "backtests").iterdir():  # the next test reads them back
        shutil.copytree(kept, planted.settings.home / "backtests" / kept.name, dirs_exist_ok=True)


@pytest.fixture
def empty_home(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "empty")


Rows = Callable[[Settings], dict[str, int]]


@pytest.fixture
def rows() -> Rows:
    """How many rows each table of a store has."""
    from sqlalchemy import func, select

    from f1lib.store import connection, schema

    def counted(settings: Settings) -> dict[str, int]:
        with connection.reading(settings.store_address) as store:
            return {
                name: store.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in schema.METADATA.tables.items()
            }

    return counted
