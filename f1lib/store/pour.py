"""All rows of one store into another one of the same revision, SQLite or PostgreSQL."""

from sqlalchemy import Connection, MetaData, select

BATCH = 1000  # rows read and written at once


def every_row(reader: Connection, writer: Connection, tables: MetaData) -> None:
    """Copy the rows of `tables`; what they refer to comes first. Those of `writer` are empty."""
    for table in tables.sorted_tables:
        rows = reader.execute(select(table)).mappings()
        while batch := rows.fetchmany(BATCH):
            writer.execute(table.insert(), [dict(row) for row in batch])
