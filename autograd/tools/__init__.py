"""Seen from outside: checks of derivatives, comparisons with PyTorch, drawings, anomalies."""
