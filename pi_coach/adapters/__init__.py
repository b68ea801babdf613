"""One module for each outside thing: camera, pose model, sound, lights, disk."""
