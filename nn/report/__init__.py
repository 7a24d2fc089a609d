"""`chalkgrad report`: one page about the model of a run, a model card, made from what the run keeps and its data."""

from .report_page import write_report

__all__ = ["write_report"]
