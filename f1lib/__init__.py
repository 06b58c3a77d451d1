"""The tested core of the F1 workbench: everything that can be right or wrong.

The rooms, and which way data walks through them, are drawn in docs/house.md.
"""
