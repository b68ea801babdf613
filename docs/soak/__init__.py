"""Days of gym time through the real program, at accelerated time, to see whether anything grows."""
