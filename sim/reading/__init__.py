"""From text to a positioned tree to records, in whatever dialect a kind of file is written in."""
