"""What the camera shows: from a pose to named measures against the own stance."""
