"""The tables of the store. A change here needs a migration in migrations/versions."""

from sqlalchemy import JSON, Column, Index, Integer, MetaData, String, Table, Text
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy import UniqueConstraint as Unique

from f1lib.store import columns

REVISION = "0005"  # the newest migration; a contract test compares it with migrations/versions

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("sha256", String, primary_key=True),
    columns.text("archive_sha256"),
    columns.text("source"),
    columns.text("description"),
    columns.text("credit"),
    columns.flag("simulated"),
    columns.whole("submissions"),
    columns.moment("recorded_at"),
)

PREDICTIONS = Table(
    "predictions",
    METADATA,
    columns.identity(),
    columns.text("weekend"),  # 2025-08
    columns.text("stage"),
    columns.text("cutoff"),
    columns.text("model"),
    columns.text("model_version"),  # empty for a frozen baseline
    columns.text("inputs_sha256"),
    columns.moment("made_at"),
    columns.flag("replay"),
    columns.flag("simulated"),
    columns.refers("snapshot", "snapshots.sha256", String),
    columns.text("grand_prix"),
    columns.text("race_date"),
    Unique(
        "weekend", "stage", "cutoff", "model", "model_version",
        "inputs_sha256", "replay", "simulated",
    ),
)  # fmt: skip

PREDICTION_ROWS = Table(
    "prediction_rows",
    METADATA,
    columns.refers("prediction_id", "predictions.id", Integer),
    columns.whole("entry_index"),
    columns.text("driver"),
    columns.text("constructor"),
    columns.number("p_first"),
    columns.number("p_top3"),
    columns.number("p_top10"),
    columns.number("expected_position"),
    columns.number("gap_pct"),
    Column("positions", Text, nullable=True),  # JSON: this entry's probability of each place
    PrimaryKey("prediction_id", "entry_index"),
    Unique("prediction_id", "driver"),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    columns.identity(),
    columns.text("weekend"),
    columns.text("stage"),
    columns.whole("revision"),  # 0 is the first
    columns.text("sha256"),
    columns.moment("recorded_at"),
    columns.refers("snapshot", "snapshots.sha256", String),
    columns.flag("simulated"),
    Unique("weekend", "stage", "revision", "simulated"),
)

OUTCOME_ROWS = Table(
    "outcome_rows",
    METADATA,
    columns.refers("outcome_id", "outcomes.id", Integer),
    columns.text("driver"),
    columns.text("constructor"),
    columns.whole("position"),
    columns.flag("classified"),
    columns.text("status"),
    columns.number("grid_order"),
    columns.number("gap_pct"),
    columns.number("gap_s"),
    PrimaryKey("outcome_id", "driver"),
)

SCORES = Table(
    "scores",
    METADATA,
    columns.refers("prediction_id", "predictions.id", Integer),
    columns.refers("outcome_id", "outcomes.id", Integer),
    columns.text("metric"),
    columns.number("value"),
    columns.whole("n"),
    PrimaryKey("prediction_id", "outcome_id", "metric"),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", String, primary_key=True),
    columns.text("notebook"),
    columns.text("weekend"),
    columns.text("status"),
    columns.moment("started_at"),
    columns.moment("ended_at", nullable=True),
    columns.moment("now"),
    Column("parameters", JSON, nullable=False),
    columns.text("code_version"),
    Column("package_versions", JSON, nullable=False),
    columns.text("folder"),
    columns.flag("simulated"),
    columns.flag("replay"),
    columns.text("headline"),
    columns.text("problem"),
    Column("provenance", JSON, nullable=False),
)

PROMOTIONS = Table(
    "promotions",
    METADATA,
    columns.identity(),
    columns.moment("at"),
    columns.text("action"),  # promote, roll_back or refuse
    columns.text("version"),
    columns.text("manifest_sha256"),
    Column("previous", String, nullable=True),  # the champion before
    columns.text("by"),
    columns.text("reason"),
    columns.flag("simulated"),
    Unique("at", "action", "version", "simulated"),
)

# What monitoring measured and found, and what was decided. `policy_sha256` names the policy that
# was in force, `reason` is a sentence; a number that does not apply is NULL.

DRIFT_MEASUREMENTS = Table(
    "drift_measurements",
    METADATA,
    columns.identity(),
    columns.text("weekend"),  # the last one of the window
    columns.text("stage"),
    columns.text("model_version"),
    columns.text("feature"),
    columns.text("metric"),  # kl, psi, js, ks, shift, ...
    columns.text("rule"),  # permutation or fixed
    columns.whole("n_races"),  # in the window
    columns.whole("n"),  # rows in the window
    columns.number("value"),
    columns.number("without_drift"),  # what chance gives: the mean of the null
    columns.number("low"),
    columns.number("high"),
    columns.number("p"),
    columns.number("q"),  # after Benjamini-Hochberg
    columns.text("status"),
    columns.text("reason"),
    columns.text("policy_sha256"),
    columns.refers("snapshot", "snapshots.sha256", String),
    columns.flag("replay"),
    columns.flag("simulated"),
    columns.moment("made_at"),
    Index("ix_drift_measurements_weekend", "weekend"),
)

FINDINGS = Table(
    "findings",
    METADATA,
    columns.identity(),
    columns.text("weekend"),
    columns.text("stage"),  # empty: of both
    columns.text("model_version"),  # empty: of no model, as missing data is
    columns.text("rule"),
    columns.text("subject"),  # the metric, feature, constructor ... it is about
    columns.text("time_window"),
    columns.number("value"),
    columns.number("threshold"),
    columns.number("low"),
    columns.number("high"),
    columns.number("p"),
    columns.number("q"),
    columns.whole("n"),
    columns.whole("in_a_row"),  # evaluations, with this one
    columns.text("status"),
    columns.flag("alert"),  # it wants attention
    columns.text("reason"),
    columns.text("policy_sha256"),
    columns.refers("snapshot", "snapshots.sha256", String),
    columns.flag("replay"),
    columns.flag("simulated"),
    columns.moment("made_at"),
    Index("ix_findings_weekend", "weekend"),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    columns.identity(),
    columns.text("kind"),  # retraining or promotion
    columns.text("weekend"),
    columns.text("model_version"),  # what it is about; empty: about no version yet
    columns.text("champion"),  # who reigned; empty: nobody
    columns.text("outcome"),
    columns.text("by"),
    columns.text("reason"),
    columns.text("policy"),
    columns.text("policy_sha256"),
    columns.refers("snapshot", "snapshots.sha256", String),
    columns.flag("replay"),
    columns.flag("simulated"),
    columns.moment("made_at"),
    Unique(
        "kind", "weekend", "model_version", "champion", "outcome", "by",
        "policy_sha256", "snapshot", "replay", "simulated",
    ),
)  # fmt: skip

DECISION_RULES = Table(
    "decision_rules",
    METADATA,
    columns.refers("decision_id", "decisions.id", Integer),
    columns.whole("place"),  # 0 is the first rule
    columns.text("rule"),
    columns.number("value"),
    columns.number("threshold"),
    columns.number("low"),
    columns.number("high"),
    columns.number("p"),
    columns.whole("n"),
    columns.flag("fired"),
    columns.text("reason"),
    PrimaryKey("decision_id", "place"),
)

CYCLE_STEPS = Table(
    "cycle_steps",
    METADATA,
    columns.identity(),
    columns.text("weekend"),
    columns.text("step"),
    columns.text("outcome"),
    columns.text("detail"),
    columns.whole("exit_code"),
    columns.text("run_id"),  # of the notebook; empty: none ran
    columns.text("model_version"),  # who reigned when the step ended; empty: nobody
    columns.text("code_version"),
    columns.text("policy_sha256"),
    columns.refers("snapshot", "snapshots.sha256", String),
    columns.flag("replay"),
    columns.flag("simulated"),
    columns.moment("made_at"),
    Index("ix_cycle_steps_weekend", "weekend"),
)

MAILS = Table(
    "mails",
    METADATA,
    columns.identity(),
    columns.text("occasion"),  # what it tells of: the same occasion is told to nobody twice
    columns.text("recipient"),
    columns.text("subject"),
    Column("body", Text, nullable=False),
    Column("html", Text, nullable=False),  # empty: plain text only
    columns.flag("simulated"),
    columns.moment("made_at"),
    Unique("occasion", "recipient"),
)

MAIL_ATTEMPTS = Table(
    "mail_attempts",
    METADATA,
    columns.refers("mail_id", "mails.id", Integer),
    columns.whole("attempt"),  # 1 is the first
    columns.moment("at"),
    columns.flag("sent"),
    columns.text("problem"),
    PrimaryKey("mail_id", "attempt"),
)

API_REQUESTS = Table(
    "api_requests",
    METADATA,
    Column("request_id", String, primary_key=True),
    columns.moment("at"),
    columns.text("method"),
    columns.text("route"),
    columns.whole("status_code"),
    columns.number("duration_ms"),
    columns.text("client"),  # the name of the key, never the key
    columns.text("model_version"),
    columns.whole("n"),  # entries forecast
    columns.text("problem"),
    columns.flag("simulated"),
)
