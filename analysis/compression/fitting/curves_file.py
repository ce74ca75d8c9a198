"""The file of fitted curves beside a table of measurements, which a scenario can name."""

from importlib.metadata import version
from pathlib import Path

from analysis.compression.errors import CalibrationError
from analysis.compression.fitting.fit import FIT
from sim.compression.curves import CompressionCurves
from sim.files.durable import write_durably
from sim.reading.provenance import Source
from sim.scenario.writer import curves_to_yaml


def curves_file(table: Path) -> Path:
    """Return where the curves of a table are written: ``my_curves.yaml`` of ``my_measured.csv``."""
    return table.with_name(f"{table.stem.removesuffix('_measured')}_curves.yaml")


def write_curves(curves: CompressionCurves, table: Path) -> Path:
    """Write the curves fitted to a table beside it, with what they come from; returns the file.

    Raises
    ------
    CalibrationError
        The disk is full or the place cannot be written.
    """
    path = curves_file(table)
    source = Source(
        curves.table_sha256,
        f"table of measurements: {table.name}",
        note=f"curves fitted by pricewar {version('pricewar')}, version {FIT} of the fit",
    )
    try:
        write_durably(path, curves_to_yaml(curves, source).encode())
    except OSError as error:
        raise CalibrationError(f"{path}: cannot be written ({error.strerror}).") from None
    return path
