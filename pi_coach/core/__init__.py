"""The coach itself: pure functions and values, no clock, thread, file or hardware."""
