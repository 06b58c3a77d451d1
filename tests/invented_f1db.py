"""A tiny archive in F1DB's format, all of it invented, for tests of what F1DB does differently.

Beside the columns that are read it has some that know the future (`totalRaceWins`, `laps` of the
calendar, `scheduledLaps`, `polePosition`): whoever read them would read `LEAK`.
"""

import csv
import io
import zipfile
from pathlib import Path

from f1lib.sources.f1db.archive import NEEDED

LEAK = "leak"
_LEAKS = {
    "f1db-races.csv": ("id", "laps", "distance", "scheduledLaps", "driversChampionshipDecider"),
    "f1db-drivers.csv": ("bestRaceResult", "totalRaceWins"),
    "f1db-constructors.csv": ("bestRaceResult", "totalRaceWins"),
    "f1db-races-race-results.csv": (
        "raceId", "polePosition", "positionsGained", "fastestLap", "driverOfTheDay",
        "qualificationPositionText",
    ),
}  # fmt: skip

PRACTICE = "f1db-races-free-practice-{}-results.csv"
QUALIFYING = "f1db-races-qualifying-results.csv"
SPRINT_QUALIFYING = "f1db-races-sprint-qualifying-results.csv"
SPRINT = "f1db-races-sprint-race-results.csv"
GRID = "f1db-races-starting-grid-positions.csv"
RESULTS = "f1db-races-race-results.csv"
RACES = "f1db-races.csv"

# driver, constructor, number
FIELD = (
    ("ada-arrow", "oakley", "1"),
    ("ben-bolt", "oakley", "2"),
    ("cleo-cam", "pinewood", "3"),
    ("dan-drift", "pinewood", "4"),
)


class InventedF1DB:
    """Rows by file name; add what a test needs, then write `zip` or `folder`."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, str]]] = {name: [] for name in NEEDED}
        self.headers = {name: [*_LEAKS.get(name, ()), *NEEDED[name]] for name in NEEDED}
        for name in ("ada-arrow", "ben-bolt", "cleo-cam", "dan-drift", "eve-edge"):
            self.add("f1db-drivers.csv", id=name, name=name.title(), abbreviation=name[:3].upper())
        for name in ("oakley", "elmwood", "pinewood", "oakley-racing"):
            self.add("f1db-constructors.csv", id=name, name=name.title())
        for team in ("elmwood", "pinewood"):  # one team: elmwood became pinewood
            for name, first, last in (("elmwood", 1990, "1999"), ("pinewood", 2000, "")):
                self.add(
                    "f1db-constructors-chronology.csv",
                    parentConstructorId=team, constructorId=name,
                    yearFrom=first, yearTo=last,
                )  # fmt: skip
        for kind in ("park", "town", "hill"):
            self.add("f1db-circuits.csv", id=kind, name=kind.title())
        for name in ("north", "south", "east", "west"):
            self.add("f1db-grands-prix.csv", id=name, fullName=f"{name.title()} Grand Prix")

    def add(self, file: str, **cells: object) -> None:
        """One row; what is not said is empty, and LEAK where it must not be read."""
        leaks = dict.fromkeys(_LEAKS.get(file, ()), LEAK)
        self.rows[file].append({**leaks, **{key: str(cell) for key, cell in cells.items()}})

    def race(self, year: int, number: int, grand_prix: str = "north", **cells: object) -> None:
        """A calendar row of a standard weekend on a permanent circuit."""
        defaults: dict[str, object] = {
            "date": f"{year}-{number:02d}-10", "grandPrixId": grand_prix, "circuitId": "park",
            "circuitType": "RACE", "courseLength": "4.5", "qualifyingFormat": "KNOCKOUT",
        }  # fmt: skip
        self.add(RACES, year=year, round=number, **{**defaults, **cells})

    def session(self, file: str, year: int, number: int, *cells: dict[str, object]) -> None:
        """Rows of a session in their order; driver, constructor and number follow FIELD."""
        for place, own in enumerate(cells, start=1):
            driver, constructor, car = FIELD[(place - 1) % len(FIELD)]
            defaults: dict[str, object] = {
                "positionDisplayOrder": place, "positionNumber": place, "positionText": place,
                "driverId": driver, "constructorId": constructor, "driverNumber": car,
            }  # fmt: skip
            self.add(file, year=year, round=number, **{**defaults, **own})

    def weekend(self, year: int, number: int, grand_prix: str = "north", **cells: object) -> None:
        """A whole standard weekend: the four of FIELD start and finish in that order."""
        self.race(year, number, grand_prix, **cells)
        for practice in (1, 2, 3):
            laps = [{"timeMillis": 90_000 + 100 * place, "laps": 20} for place in range(4)]
            self.session(PRACTICE.format(practice), year, number, *laps)
        self.session(
            QUALIFYING,
            year,
            number,
            *({"q1Millis": 89_000 + 100 * place} for place in range(4)),
        )
        self.session(GRID, year, number, *({} for _ in range(4)))
        self.session(
            RESULTS,
            year,
            number,
            *(
                {"laps": 50, "timeMillis": 5_000_000 + 1000 * place, "points": 10 - place}
                for place in range(4)
            ),
        )

    def text(self, file: str) -> str:
        """One file as csv."""
        written = io.StringIO()
        rows = csv.DictWriter(
            written, self.headers[file], restval="", quoting=csv.QUOTE_ALL, lineterminator="\n"
        )
        rows.writeheader()
        rows.writerows(self.rows[file])
        return written.getvalue()

    def zip(self, path: Path, *, without: str = "") -> Path:
        """The archive as a zip file."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in self.rows:
                if name != without:
                    archive.writestr(zipfile.ZipInfo(name), self.text(name))
        return path

    def folder(self, path: Path) -> Path:
        """The archive as a folder, with a file more that nobody needs."""
        path.mkdir(parents=True)
        for name in self.rows:
            (path / name).write_text(self.text(name))
        (path / "f1db-chassis.csv").write_text('"id"\n"x"\n')
        return path


def two_rounds() -> InventedF1DB:
    """Two rounds of 2025 that were run, and a third that is only scheduled."""
    invented = InventedF1DB()
    invented.weekend(2025, 1, "north")
    invented.weekend(2025, 2, "south", circuitType="STREET", circuitId="town")
    invented.race(2025, 3, "east", circuitType="ROAD", circuitId="hill")
    return invented
