"""The sections of the page, one a file, each made from the worlds alone."""
