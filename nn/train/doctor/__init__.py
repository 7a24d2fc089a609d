"""A doctor for trainings: it watches a loop, and finds the mistakes that do not crash."""

from .report import Finding, Report
from .watch import doctor

__all__ = ["Finding", "Report", "doctor"]
