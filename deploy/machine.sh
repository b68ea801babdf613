# What this machine is, and whether that will do.

# pose_engines MACHINE BITS CPUINFO: names the extras of pyproject.toml with the pose engines that this machine can run.
pose_engines() {
  [[ $2 == 64 ]] || fail "this system is $2-bit and pi_coach needs a 64-bit one: install the 64-bit Raspberry Pi OS."
  case $1 in
    x86_64) echo litert,mediapipe ;;
    aarch64)
      # The mediapipe wheels for ARM are built for ARMv8.1: a Pi 5 runs them, a Pi 4 aborts at their first use.
      if grep -qw atomics "$3"; then echo litert,mediapipe; else echo litert; fi
      ;;
    *) fail "there is no pose engine for this processor ($1): use a Raspberry Pi 4 or 5, or a 64-bit PC." ;;
  esac
}

# fitting_python PYTHON: tells whether it is one that the project runs on.
fitting_python() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

# Prints the path of the first Python that will do.
find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if fitting_python "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# check_system OS_RELEASE PYTHON: ends with one sentence where the coach cannot be installed on this system.
check_system() {
  local ID="" VERSION_CODENAME="" PRETTY_NAME="an unknown system"
  # shellcheck source=/dev/null
  [[ ! -r $1 ]] || source "$1"
  [[ $ID == debian && $VERSION_CODENAME =~ ^(bookworm|trixie)$ ]] || fail "this is $PRETTY_NAME, and pi_coach installs \
on the 64-bit Raspberry Pi OS (or Debian) bookworm or trixie."
  command -v systemctl >/dev/null || fail "systemd is missing, which starts the coach with the machine: \
use a Raspberry Pi OS as it comes."
  # Where there is none yet, apt brings the one that belongs to this system.
  [[ ! -x $2 ]] || fitting_python "$2" || fail "$2 is $("$2" --version), and pi_coach needs Python 3.11 to 3.13: \
put the system's own Python back in its place."
}

# check_space FOLDER MB: FOLDER need not be there yet.
check_space() {
  local folder=$1 free_mb
  until [[ -d $folder ]]; do folder=$(dirname -- "$folder"); done
  free_mb=$(($(df --output=avail -k -- "$folder" | tail -n 1) / 1024))
  ((free_mb >= $2)) || fail "$1 needs $2 MB of free space and has $free_mb MB: make room and run this again."
}

# ask_for_root WHY: only somebody at a terminal can be asked for a password.
ask_for_root() {
  command -v sudo >/dev/null || return
  sudo -n true 2>/dev/null && return
  [[ -t 0 ]] || return
  echo "$1, so sudo asks for your password."
  sudo -v
}
