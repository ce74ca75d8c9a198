"""What-if for a decision: options as worlds, the best of them, and what that hangs on."""
