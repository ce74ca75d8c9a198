"""The report: figures and one self-contained page that explains a run."""

from analysis.report.page import build

__all__ = ["build"]
