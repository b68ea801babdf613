# `just` alone tests and lints; `just --list` names the rest.

set positional-arguments

export PATH := justfile_directory() / ".venv/bin:" + env_var("PATH")

# the whole suite, then the linters
default: test lint

# set up what is missing and run the tests; arguments go to pytest: just test -k wall
test *args:
    ./deploy.sh test "$@"

# what a reviewer should not have to say
lint:
    ruff check
    ruff format --check
    mypy
    lint-imports
    shellcheck -x -a deploy.sh deploy/pi-coach .ci/run

# put right what the linters can put right
fix:
    ruff check --fix
    ruff format

# coach a recorded set with simulated lights and button
demo:
    ./deploy.sh demo

# give a video or a pose recording to the live coach: just replay fixtures/poses/NAME.poses.jsonl
replay file *args:
    pi-coach replay "$@"

# write the golden event files again; read the diff like code
golden:
    python tests/golden.py --write
    git diff --stat -- fixtures

# break the core on purpose, one number at a time: does the suite notice?
mutants *args:
    python tests/mutants.py "$@"

# look for input that breaks the coach, for so many minutes: just fuzz 30
fuzz *args:
    python tests/fuzz/search.py "$@"

# measure the accuracy page again; docs/accuracy.md says which folders it needs
accuracy *args:
    python -m docs.accuracy "$@"

# a day of gym time through the whole program: does anything grow? Writes docs/soak.json and its drawing
soak *args:
    python -m docs.soak "$@"
