"""Invented names: drivers and teams. None is real; surnames differ in their first three letters."""

FIRST_NAMES = (
    "Mara", "Ilan", "Tove", "Rasmus", "Noor", "Caspian", "Yuna", "Leandro", "Saskia", "Emeka",
    "Anouk", "Bastien", "Freya", "Hiro", "Iker", "Jolanda", "Kasimir", "Lucinda", "Matteo",
    "Nadira", "Orson", "Petra", "Quentin", "Rosalind", "Stellan", "Tamsin", "Ugo", "Vesna",
    "Wilder", "Xanthe", "Yannis", "Zelda", "Alba", "Björn", "Cosima", "Dario", "Elif", "Florin",
    "Greta", "Hamish", "Inês", "Jasper", "Kirsi", "Lorcan", "Mirela", "Nils", "Oona", "Paloma",
)  # fmt: skip

SURNAMES = (
    "Lindqvist", "Okonjo", "Varghese", "Tamarelli", "Brightwell", "Castellon", "Drummholm",
    "Eskelund", "Farrowmere", "Grimaldo", "Hollingbrook", "Ivarsdal", "Jaspersen", "Kowarzik",
    "Lanthorne", "Mbekani", "Norrgard", "Oyelande", "Pemberlow", "Quillfeather", "Rosendal",
    "Sakuraba", "Thistlewood", "Ulvestad", "Velasquin", "Winterbourn", "Xanthopol", "Yamashiro",
    "Zielonka", "Ashgrove", "Bellweather", "Corvinelli", "Dunmorrow", "Elderfield", "Fjelstrom",
    "Gallowglen", "Haverstock", "Isenhart", "Juniperez", "Kestrelli", "Loxholm", "Merriweld",
    "Nightingal", "Ostrander", "Partanel", "Ravensworth", "Silverlund", "Trevanion", "Underhall",
    "Vintersol", "Whitlocke", "Yarrowby", "Zanderloo", "Abelmark", "Birkenshaw", "Cloverdale",
    "Daventhal", "Everglen", "Foxcombe", "Goldenrood", "Hartsfjord", "Ingelmoor", "Jorvikson",
    "Kaltenbrun", "Larkspurr", "Moonraker", "Nettlefold", "Oakenshaw", "Pinterelle",
    "Quennelle", "Runeberg", "Saltmarsh", "Tidewell", "Umberley", "Valtinos", "Wexholme",
    "Yewdale", "Zephyrin", "Ambervale", "Boscarelli",
)  # fmt: skip

# one row a lineage: its first name, and what it may be called later
TEAM_NAMES = (
    ("Halden", "Halden Aurora", "Aurora Racing"),
    ("Castelvento", "Castelvento Rosso", "Rosso Veloce"),
    ("Northwind", "Northwind Meridian", "Meridian"),
    ("Silberpfad", "Silberpfad Kobalt", "Kobalt Werke"),
    ("Brackenridge", "Brackenridge Juno", "Juno Motorsport"),
    ("Tramontane", "Tramontane Azur", "Azur Grand Prix"),
    ("Hoshizora", "Hoshizora Kite", "Team Kite"),
    ("Corsair", "Corsair Lumen", "Lumen Racing"),
    ("Varnholt", "Varnholt Sable", "Sable F1 Project"),
    ("Quetzal", "Quetzal Verde", "Verde Motorsport"),
    ("Polaris Eleven", "Polaris Tundra", "Tundra"),
)
N_TEAMS = 10  # the last row is a team that only the scenario `new_team` brings in


def identifier(name: str) -> str:
    """`Mara Lindqvist` as `mara-lindqvist`; accents are dropped.

    >>> identifier("Björn Fjelstrom")
    'bjorn-fjelstrom'
    """
    plain = name.lower().translate(str.maketrans("öêéåäü", "oeeaau"))
    return plain.replace(" ", "-")
