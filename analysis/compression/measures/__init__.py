"""What is measured of a compressed model: quality, bytes, speed, energy."""
