"""Run the command line with `python -m pi_coach`."""

from pi_coach.cli import main

raise SystemExit(main())
