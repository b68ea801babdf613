"""The BlazePose graph between its two networks: where to look, what they answered, and how it moves on.

The numbers are those of MediaPipe's own graph (`mediapipe/tasks/cc/vision/pose_landmarker`), so that both engines see
the same.  Whatever runs the networks stays outside.
"""
