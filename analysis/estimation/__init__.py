"""The simulated method of moments: parameters from data, with what is and is not known of them."""
