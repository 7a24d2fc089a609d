"""A doctor for trainings: it watches a loop, and finds the mistakes that do not crash."""

from .report import Finding, Report
from .watcher import doctor

__all__ = ["Finding", "Report", "doctor"]
