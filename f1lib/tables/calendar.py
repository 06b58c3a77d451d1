"""The calendar: every race weekend run or scheduled, and who and where the names are.

Tables: `RACES` (one row a weekend), `DRIVERS`, `CONSTRUCTORS`.
"""

from f1lib.tables.contract import Column, Kind, Table
from f1lib.weekend import WeekendFormat

WEEKEND_PATTERN = r"^\d{4}-\d{2}$"
WEEKEND = Column(Kind.TEXT, pattern=WEEKEND_PATTERN)
NAME = Column(Kind.TEXT)
CIRCUIT_TYPES = ("permanent", "street", "road")

RACES = Table(
    "races",
    key=("weekend",),
    columns={
        "weekend": WEEKEND,
        "season": Column(Kind.INTEGER, low=1950, high=2200),
        "round": Column(Kind.INTEGER, low=1, high=40),
        "grand_prix": NAME,  # stable over the years, also when rounds are renumbered
        "name": NAME,
        "date": Column(Kind.TEXT, pattern=r"^\d{4}-\d{2}-\d{2}$"),  # of the race
        "circuit": NAME,
        "circuit_name": NAME,
        "circuit_type": Column(Kind.TEXT, among=CIRCUIT_TYPES),
        "format": Column(Kind.TEXT, among=tuple(WeekendFormat)),
        "course_length_km": Column(Kind.NUMBER, nullable=True, low=1, high=60),
        # when a session starts, UTC; missing where the source does not know
        "fp1_at": Column(Kind.MOMENT, nullable=True),
        "fp2_at": Column(Kind.MOMENT, nullable=True),
        "fp3_at": Column(Kind.MOMENT, nullable=True),
        "sprint_qualifying_at": Column(Kind.MOMENT, nullable=True),
        "sprint_at": Column(Kind.MOMENT, nullable=True),
        "qualifying_at": Column(Kind.MOMENT, nullable=True),
        "race_at": Column(Kind.MOMENT, nullable=True),
    },
)

DRIVERS = Table(
    "drivers",
    key=("driver",),
    columns={"driver": NAME, "name": NAME, "abbreviation": Column(Kind.TEXT)},
)

CONSTRUCTORS = Table(
    "constructors",
    key=("constructor",),
    # lineage: one name for a team through all its renamings
    columns={"constructor": NAME, "name": NAME, "lineage": NAME},
)
