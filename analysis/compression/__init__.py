"""Compression measured: real models, real text, real compression, one row a configuration.

Needs the extra ``pricewar[compression]``; the simulator itself never imports this package.
"""
