"""To have small data treated as those that do not fit in memory are."""

from nn.data.datasets import csv_table, mapped


def as_if_large(monkeypatch):
    """No array is small enough for memory, and a CSV file is read two rows or so at a time, again and again."""
    monkeypatch.setattr(mapped, "IN_MEMORY", 0)
    monkeypatch.setattr(csv_table, "CELLS", 6)
    monkeypatch.setattr(csv_table, "HELD", 0)
