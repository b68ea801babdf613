#!/usr/bin/env bash
# Sets up pi_coach in this folder and runs it there. `./deploy.sh help` says how.
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
venv="$here/.venv"
log="$venv/setup.log"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off

usage() {
  cat <<'TEXT'
usage: ./deploy.sh COMMAND

  demo         set up what is missing, then coach a recorded set with simulated lights and button
  test [ARG]   set up what is missing, then run the whole test suite; ARGs go to pytest
  help         show this

Everything goes into .venv in this folder, but for system packages (apt asks for root only
where some are missing) and for sessions and models, which go to your own data folder.
Run it again after a failure: it goes on where it stopped.
TEXT
}

main() {
  case "${1-}" in
    demo) demo "${@:2}" ;;
    test) run_tests "${@:2}" ;;
    help | -h | --help) usage ;;
    "") misuse "a command is missing" ;;
    *) misuse "there is no command '$1'" ;;
  esac
}

demo() {
  (($# == 0)) || misuse "demo takes no arguments"
  set_up run
  exec "$venv/bin/pi-coach" run --source "$here/fixtures/clips/wall_touch_demo.mp4" --drill wall_touch --panel sim
}

run_tests() {
  set_up test
  cd -- "$here"
  exec "$venv/bin/python" -m pytest "$@"
}

fail() {
  echo "deploy.sh: $1" >&2
  exit "${2:-1}"
}

misuse() {
  fail "$1; './deploy.sh help' lists the commands." 2
}

# step WHAT COMMAND...: runs the command quietly, with one line that says what it is for and how long it took.
step() {
  local what=$1 began=$SECONDS
  shift
  printf '%s: ' "$what"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    echo "failed"
    # A tool that can say why it failed leaves no pieces: it is an interruption that does.
    rm -f -- "$venv/half-done"
    fail "$(trouble) (all that was said is in $log); run it again once that is put right."
  fi
  echo "done, $((SECONDS - began)) s"
}

# Says in a few words what went wrong in the last step.
trouble() {
  local offline='Retrying \(|Temporary failure|Could not connect|Unable to connect|unreachable|timed out'
  if grep -qE "$offline" "$log"; then
    echo "the package server cannot be reached"
  else
    { grep -E '^(E|ERROR|[Ee]rror): ' "$log" || tail -n 1 "$log"; } | tail -n 1
  fi
}

# set_up run|test: makes the environment that the command needs; what is there already costs nothing.
set_up() {
  local engine python stamp
  engine=$(pose_engine "$(uname -m)" "$(getconf LONG_BIT)" /proc/cpuinfo)
  give_system_packages
  python=$(find_python) || fail "no Python from 3.11 to 3.13 was found: install one and run this again."
  stamp=$(wanted "$python" "$engine")
  if ! noted "ready-for-$1" "$stamp"; then
    make_venv "$python"
    install_project "$1" "$engine"
    mark_ready "$1" "$stamp"
  fi
  "$venv/bin/pi-coach" models get
}

# pose_engine MACHINE BITS CPUINFO: names the extra of pyproject.toml that brings this machine's pose engine.
pose_engine() {
  [[ $2 == 64 ]] || fail "this system is $2-bit and pi_coach needs a 64-bit one: install the 64-bit Raspberry Pi OS."
  case $1 in
    x86_64) ;;
    aarch64)
      # The mediapipe wheels for ARM are built for ARMv8.1: a Pi 5 runs them, a Pi 4 aborts at their first use.
      grep -qw atomics "$3" || fail "this processor (as in a Pi 4, 3 or Zero 2) cannot run mediapipe and needs the \
LiteRT pose engine, which is not in this version yet: use a Pi 5 or a PC."
      ;;
    *) fail "there is no pose engine for this processor ($1): use a Pi 5 or a 64-bit PC." ;;
  esac
  echo mediapipe
}

# Prints the path of the first Python that will do.
find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# What an environment can only be made anew for.
made_for() {
  echo "folder $here"
  echo "python $("$1" -c 'import sys; print(sys.base_prefix, *sys.version_info[:2])')"
}

# What it is brought up to date for.
wanted() {
  made_for "$1"
  echo "engine $2"
  echo "project $(sha256sum <"$here/pyproject.toml")"
}

# noted FILE TEXT: tells whether the environment is whole and has this note.
noted() {
  [[ -x $venv/bin/python && ! -e $venv/half-done && -r $venv/$1 && $(<"$venv/$1") == "$2" ]]
}

mark_ready() {
  echo "$2" >"$venv/ready-for-$1"
  # What the tests need includes what a run needs.
  echo "$2" >"$venv/ready-for-run"
}

# What is made again costs little: pip has kept what it downloaded.
make_venv() {
  local maker
  maker=$(made_for "$1")
  if ! noted made-for "$maker"; then
    rm -rf -- "$venv"
    make_log
    step "Python environment" "$1" -m venv "$venv"
    echo "$maker" >"$venv/made-for"
  fi
}

make_log() {
  mkdir -p -- "$venv" 2>/dev/null || fail "$venv cannot be made: put this folder where you may write."
}

# install_project run|test ENGINE
install_project() {
  local -a asked=(--editable "${here}[$2]")
  touch -- "$venv/half-done"
  if [[ $1 == test ]]; then
    # Before 25.1 pip knows no dependency groups; Debian 12 brings 23.0.
    step "Newer pip" "$venv/bin/python" -m pip install "pip>=25.1"
    asked+=(--group "$here/pyproject.toml:test")
  fi
  step "Pose engine and libraries (about 250 MB, once)" "$venv/bin/python" -m pip install "${asked[@]}"
  rm -- "$venv/half-done"
}

give_system_packages() {
  local -a packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]} == 0)) || install_packages "${packages[@]}"
}

# Names the Debian package for each thing that is not there, one a line.
missing_packages() {
  local libraries library package
  missing_python
  command -v espeak-ng >/dev/null || echo espeak-ng
  libraries=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null || true)
  while read -r library package; do
    [[ $libraries == *"$library "* ]] || echo "$package"
  done <<'TABLE'
libportaudio.so.2 libportaudio2
libGL.so.1 libgl1
libEGL.so.1 libegl1
libGLESv2.so.2 libgles2
libglib-2.0.so.0 libglib2.0-0
libxcb.so.1 libxcb1
TABLE
}

missing_python() {
  local python
  if python=$(find_python); then
    # Debian cuts what makes an environment out of its Python; a Python from elsewhere has it.
    "$python" -c 'import ensurepip' 2>/dev/null || echo "$(basename -- "$python")-venv"
  elif ! command -v python3 >/dev/null; then
    printf '%s\n' python3 python3-venv
  fi
}

install_packages() {
  local -a root=()
  command -v apt-get >/dev/null || fail "the system lacks what these Debian packages bring, and has no apt-get: $*."
  if ((EUID != 0)); then
    ask_for_root || fail "system packages are missing and only root may install them: have \
'apt-get install --no-install-recommends $*' run as root, then run this again."
    root=(sudo)
  fi
  make_log
  step "Package lists" refresh_lists "${root[@]}"
  step "System packages ($*)" "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# Only somebody at a terminal can be asked for a password.
ask_for_root() {
  command -v sudo >/dev/null || return
  sudo -n true 2>/dev/null && return
  [[ -t 0 ]] || return
  echo "System packages are missing, and to install them sudo asks for your password."
  sudo -v
}

# Lists that cannot be refreshed may still serve: it is the installation that decides.
refresh_lists() {
  "$@" apt-get update || true
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  trap 'exit 130' INT
  main "$@"
fi
