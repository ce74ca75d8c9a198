"""Running many replications: processes, progress, interruption."""
