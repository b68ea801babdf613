"""Builds the small coach's wheel with nothing but Python."""

import zipfile
from pathlib import Path

NAME = "pi_coach-1-py3-none-any.whl"
NOTES = {
    "METADATA": "Metadata-Version: 2.1\nName: pi-coach\nVersion: 1\nProvides-Extra: litert\n",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "entry_points.txt": "[console_scripts]\npi-coach = pi_coach.small_coach:main\n",
    "RECORD": "",
}


def build_wheel(folder, config_settings=None, metadata_directory=None):
    del config_settings, metadata_directory
    with zipfile.ZipFile(Path(folder) / NAME, "w") as wheel:
        for name in ("__init__.py", "small_coach.py"):
            wheel.write(Path("pi_coach") / name, f"pi_coach/{name}")
        for name, text in NOTES.items():
            wheel.writestr(f"pi_coach-1.dist-info/{name}", text)
    return NAME
