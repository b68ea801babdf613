"""What a rep is and how it was: phases, readings, faults, score."""
