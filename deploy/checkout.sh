# The demo and the tests: an environment in this folder, and nothing else.

venv="$here/.venv"

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

# set_up run|test: makes the environment that the command needs; what is there already costs nothing.
set_up() {
  local engines python stamp
  log="$venv/setup.log"
  engines=$(pose_engines "$(uname -m)" "$(getconf LONG_BIT)" /proc/cpuinfo)
  give_system_packages
  python=$(find_python) || fail "no Python from 3.11 to 3.13 was found: install one and run this again."
  stamp=$(wanted "$python" "$engines")
  if ! noted "ready-for-$1" "$stamp"; then
    make_venv "$python"
    install_project "$1" "$engines"
    mark_ready "$1" "$stamp"
  fi
  "$venv/bin/pi-coach" models get
}

# What an environment can only be made anew for.
made_for() {
  echo "folder $here"
  echo "python $("$1" -c 'import sys; print(sys.base_prefix, *sys.version_info[:2])')"
}

# What it is brought up to date for.
wanted() {
  made_for "$1"
  echo "engines $2"
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
  mkdir -p -- "$(dirname -- "$log")" 2>/dev/null || fail "$log cannot be written: put this folder where you may write."
}

# install_project run|test ENGINES
install_project() {
  local -a asked=(--editable "${here}[$2]")
  touch -- "$venv/half-done"
  if [[ $1 == test ]]; then
    # Before 25.1 pip knows no dependency groups; Debian 12 brings 23.0.
    pip_step "Newer pip" "pip>=25.1"
    asked+=(--group "$here/pyproject.toml:test")
  fi
  pip_step "Pose engine and libraries (about 250 MB, once)" "${asked[@]}"
  rm -- "$venv/half-done"
}

# A tool that can say why it failed leaves no pieces: it is an interruption that does.
pip_step() {
  try "$1" "$venv/bin/python" -m pip install "${@:2}" || {
    rm -- "$venv/half-done"
    stopped
  }
}

give_system_packages() {
  local -a packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]} == 0)) || install_packages "${packages[@]}"
}

# Names the Debian package for each thing that is not there, one a line.
missing_packages() {
  missing_python
  command -v espeak-ng >/dev/null || echo espeak-ng
  missing_libraries
}

missing_libraries() {
  local libraries library package
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
