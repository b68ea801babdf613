# Debian packages.

# polkitd lets the button shut the Pi down; Pango and a font set the session's page for printing.
needed=(python3 python3-venv espeak-ng libportaudio2 polkitd libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core)
# In the archive of Raspberry Pi OS, but not in Debian's.
only_on_a_pi=(python3-picamera2 python3-lgpio)

# give_packages EXTRAS: what the installed coach needs of the system.
give_packages() {
  local package
  local -a wanted optional
  mapfile -t wanted < <({
    not_installed "${needed[@]}"
    [[ $1 != *mediapipe* ]] || missing_libraries
  } | sort -u)
  mapfile -t optional < <(not_installed "${only_on_a_pi[@]}")
  if ((${#wanted[@]})) || [[ -z $(release_at current) ]]; then step "Package lists" refresh_lists; fi
  for package in "${optional[@]}"; do
    if apt-cache show "$package" >/dev/null 2>&1; then wanted+=("$package"); else lacking "$package"; fi
  done
  ((${#wanted[@]} == 0)) || step "System packages (${wanted[*]})" add_packages "${wanted[@]}"
}

not_installed() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

# What an interruption has left half installed is finished first.
add_packages() {
  export DEBIAN_FRONTEND=noninteractive
  dpkg --configure -a || apt-get -o DPkg::Lock::Timeout=300 install -y --fix-broken
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

lacking() {
  case $1 in
    python3-picamera2) echo "This system's archive has no python3-picamera2: only a USB camera can be used." ;;
    python3-lgpio) echo "This system's archive has no python3-lgpio: button and lights need Raspberry Pi OS." ;;
  esac
}

# install_packages PACKAGE...: for the demo and the tests, which somebody else than root may start.
install_packages() {
  local -a root=()
  command -v apt-get >/dev/null || fail "the system lacks what these Debian packages bring, and has no apt-get: $*."
  if ((EUID != 0)); then
    ask_for_root "System packages are missing" || fail "system packages are missing and only root may install them: have \
'apt-get install --no-install-recommends $*' run as root, then run this again."
    root=(sudo)
  fi
  make_log
  step "Package lists" refresh_lists "${root[@]}"
  step "System packages ($*)" "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# Lists that cannot be refreshed may still serve: it is the installation that decides.
refresh_lists() {
  "$@" apt-get update || true
}
