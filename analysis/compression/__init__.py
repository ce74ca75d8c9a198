"""Compression measured: real models, real text, real compression, one row a configuration.

Measuring needs the extra ``pricewar[compression]``; tables of measurements (`measured_rows`) and
the curves fitted to them (`fitting`) do not. The simulator never imports this package.
"""
