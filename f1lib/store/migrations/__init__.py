"""Migrations: how a store of any earlier f1lib becomes one of this f1lib. Forward only.

To add one: write versions/000N_what.py, change schema.py to match, raise schema.REVISION. A
contract test compares what the migrations build with what schema.py says.
"""
