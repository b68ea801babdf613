"""What to train today, and when a set is long enough."""
