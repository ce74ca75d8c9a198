"""Rows of tables with only the columns that a test is about; the others are null."""

from dataclasses import fields


def made(rows, **columns):
    """A block of rows of a class; columns that are left out are null."""
    return rows(**{**dict.fromkeys(field.name for field in fields(rows)), **columns})
