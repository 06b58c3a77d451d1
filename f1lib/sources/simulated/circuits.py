"""Invented circuits: where the championship goes, in the order of a season."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit and its grand prix; difficulty and the rest from 0 (none) to 1 (very)."""

    grand_prix: str
    name: str
    circuit: str
    circuit_name: str
    circuit_type: str
    length_km: float
    speed_kmh: float
    difficulty: float  # of overtaking
    rain: float  # chance of a wet session
    power: float  # -1 slow corners .. 1 long straights
    wear: float  # of tyres, seconds a lap and lap of age
    race_hour: int  # UTC

    @property
    def base_lap_s(self) -> float:
        """A lap of an average car in dry qualifying, in seconds."""
        return round(self.length_km / self.speed_kmh * 3600, 3)

    @property
    def laps(self) -> int:
        """The fewest laps beyond 305 km (260 km on tight street circuits)."""
        distance = 305.0 if self.speed_kmh > 175 else 260.0
        return math.ceil(distance / self.length_km)

    @property
    def pit_loss_s(self) -> float:
        """What a stop costs under green."""
        return 19.0 + 5.0 * (1 - self.difficulty)


_ROWS: tuple[tuple[str, str, str, str, float, float, float, float, float, float, int], ...] = (
    # grand prix, country or region, circuit, type, km, km/h, difficulty, rain, power, wear, hour
    ("solenne", "Solenne", "Port Solenne", "street", 5.28, 236, 0.45, 0.10, 0.1, 0.05, 5),
    ("qasrat", "Qasrat", "Dunes of Qasrat", "permanent", 5.41, 217, 0.15, 0.02, 0.4, 0.09, 15),
    ("amberlake", "Amberlake", "Amberlake Park", "permanent", 5.80, 226, 0.40, 0.30, -0.2, 0.07, 6),
    ("marovia", "Marovia", "Corniche of Marovia", "street", 6.17, 248, 0.35, 0.02, 0.7, 0.04, 17),
    ("tienhai", "Tienhai", "Tienhai International", "permanent", 5.45, 208, 0.25, 0.25, 0.3, 0.08,
     7),
    ("goldcreek", "Goldcreek", "Goldcreek Stadium", "street", 5.41, 222, 0.40, 0.15, 0.2, 0.05, 19),
    ("valdoro", "Valdoro", "Autodromo di Valdoro", "permanent", 4.91, 232, 0.75, 0.20, 0.0, 0.05,
     13),
    ("belriva", "Belriva", "Belriva Harbour", "street", 3.34, 165, 0.98, 0.15, -1.0, 0.02, 13),
    ("sant-arnau", "Sant Arnau", "Serra de Sant Arnau", "permanent", 4.66, 222, 0.55, 0.08, -0.4,
     0.08, 13),
    ("grand-isle", "Grand Isle", "Isle of Maples", "street", 4.36, 213, 0.35, 0.30, 0.4, 0.05, 18),
    ("steinalm", "Steinalm", "Steinalm Ring", "permanent", 4.32, 236, 0.20, 0.25, 0.5, 0.06, 13),
    ("albermoor", "Albermoor", "Albermoor Airfield", "permanent", 5.89, 245, 0.35, 0.30, -0.1, 0.08,
     14),
    ("ardenne-forest", "Ardenne Forest", "Forest of Hautbois", "road", 7.02, 243, 0.15, 0.40, 0.6,
     0.07, 13),
    ("paprikas", "Paprikas", "Paprikas Bowl", "permanent", 4.38, 201, 0.80, 0.15, -0.7, 0.06, 13),
    ("duneholm", "Duneholm", "Duneholm Banking", "permanent", 4.26, 215, 0.78, 0.30, -0.6, 0.06,
     13),
    ("velocita", "Velocità", "Parco Velocità", "permanent", 5.79, 258, 0.30, 0.12, 1.0, 0.04, 13),
    ("kaspia", "Kaspia", "Kaspia Boulevard", "street", 6.00, 208, 0.20, 0.05, 0.8, 0.04, 11),
    ("lionsgate-bay", "Lionsgate Bay", "Lionsgate Bay", "street", 4.94, 188, 0.88, 0.30, -0.7, 0.04,
     12),
    ("kazehara", "Kazehara", "Kazehara Figure Eight", "permanent", 5.81, 230, 0.55, 0.35, -0.2,
     0.09, 5),
    ("starhaven", "Starhaven", "Starhaven Hills", "permanent", 5.51, 209, 0.25, 0.15, 0.1, 0.07,
     19),
    ("altiplano", "Altiplano", "Altiplano Alameda", "permanent", 4.30, 202, 0.50, 0.10, 0.5, 0.04,
     20),
    ("rio-claro", "Rio Claro", "Rio Claro", "permanent", 4.31, 217, 0.20, 0.40, 0.1, 0.07, 17),
    ("neon-mesa", "Neon Mesa", "Neon Mesa Strip", "street", 6.20, 237, 0.20, 0.01, 0.8, 0.03, 6),
    ("pearl-coast", "Pearl Coast", "Pearl Coast", "permanent", 5.42, 235, 0.45, 0.01, -0.3, 0.09,
     16),
    ("serir", "Serir", "Marina of Serir", "permanent", 5.28, 222, 0.45, 0.01, 0.0, 0.05, 13),
)  # fmt: skip


def _circuit(
    row: tuple[str, str, str, str, float, float, float, float, float, float, int],
) -> Circuit:
    grand_prix, place, name, kind, km, speed, difficulty, rain, power, wear, hour = row
    identifier = name.lower().replace(" ", "-").replace("à", "a")
    return Circuit(
        grand_prix, f"{place} Grand Prix", identifier, name, kind, km, speed,
        difficulty, rain, power, wear, hour,
    )  # fmt: skip


CIRCUITS = tuple(_circuit(row) for row in _ROWS)
