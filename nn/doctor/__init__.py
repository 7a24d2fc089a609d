"""A doctor for training loops: it watches one, and finds the mistakes that do not crash."""

from .report import Finding, Report
from .watched_loop import doctor

__all__ = ["Finding", "Report", "doctor"]
