# The services' user, their folders and their units, from the release's systemd folder.

# place_of FILE: where a file of the systemd folder belongs.
place_of() {
  local name=${1##*/}
  case $name in
    *.service | *.timer | *.socket | *.path | *.target) echo "/etc/systemd/system/$name" ;;
    *.sysusers.conf) echo "/usr/lib/sysusers.d/${name%.sysusers.conf}.conf" ;;
    *.rules) echo "/etc/polkit-1/rules.d/$name" ;;
    *) return 1 ;;
  esac
}

# give_user CONF: makes the user and its groups where they are missing.
give_user() {
  user_is_there "$1" || step "User pi-coach" systemd-sysusers "$1"
}

user_is_there() {
  local kind user group
  id pi-coach >/dev/null 2>&1 || return
  while read -r kind user group; do
    [[ $kind != m || " $(id -nG "$user") " == *" $group "* ]] || return
  done <"$1"
}

give_folders() {
  [[ -d $state && -d /var/cache/pi-coach && -d /etc/pi-coach ]] || step "Folders" make_folders
}

make_folders() {
  install -d -o pi-coach -g pi-coach -m 750 "$state" /var/cache/pi-coach && install -d -m 755 /etc/pi-coach
}

# units NAME: those of the release that start with the machine.
units() {
  grep -lxF '[Install]' -- "$releases/$1"/systemd/*.{service,timer,socket,path,target} 2>/dev/null | sed 's|.*/||' || true
}

# Units are enabled in a system that is not running as well, such as an image in the making.
systemd_runs() {
  [[ -d /run/systemd/system ]]
}

# put_services NAME: puts the release's units in place, and takes away those that it has no more.
put_services() {
  local file place
  local -a wanted
  for file in "$releases/$1"/systemd/*; do
    place=$(place_of "$file") && install -D -m 644 -- "$file" "$place" && wanted+=("$place") || return
  done
  if [[ -e $program/placed ]]; then
    while read -r place; do
      [[ " ${wanted[*]} " == *" $place "* ]] || take_away "$place" || return
    done <"$program/placed"
  fi
  printf '%s\n' "${wanted[@]}" >"$program/placed"
  if systemd_runs; then systemctl daemon-reload || return; fi
  enable_units "$1"
}

enable_units() {
  local -a starting
  mapfile -t starting < <(units "$1")
  systemctl enable --quiet "${starting[@]}"
}

take_away() {
  if [[ $1 == /etc/systemd/system/* && -e $1 ]]; then
    systemctl disable --quiet "${1##*/}"
    ! systemd_runs || systemctl stop "${1##*/}"
  fi
  rm -f -- "$1"
}

# note_running NAME: which services a switch to the release has to bring up again; at first that is all of them.
note_running() {
  local noted=$program/were-running unit
  [[ ! -e $noted ]] || return 0
  if [[ -z $(release_at current) ]]; then
    units "$1"
  else
    for unit in $(units "$(release_at current)"); do
      ! systemctl --quiet is-active "$unit" || echo "$unit"
    done
  fi >"$noted.new"
  mv -- "$noted.new" "$noted"
}

placed_units() {
  [[ ! -e $program/placed ]] || sed -n 's|^/etc/systemd/system/||p' "$program/placed"
}

halt_services() {
  local -a all
  mapfile -t all < <(placed_units)
  ! systemd_runs || ((${#all[@]} == 0)) || systemctl stop "${all[@]}"
}

# A service that does not come up is told of by services_run.
start_services() {
  local -a all
  mapfile -t all < <(units "$(release_at current)")
  ! systemd_runs || systemctl restart "${all[@]}" || true
}

services_run() {
  local unit
  systemd_runs || return 0
  while read -r unit; do
    if ! stays_up "$unit"; then
      echo "ERROR: $unit does not stay up: 'journalctl -u $unit' says why"
      return 1
    fi
  done <"$program/were-running"
}

# stays_up UNIT: it runs, or has found that nothing is asked of it.
stays_up() {
  case $(systemctl show --value -p ActiveState -p NRestarts -p Result "$1" | sort | xargs) in
    "0 active success" | "active success" | "0 inactive success") return 0 ;;
    *) return 1 ;;
  esac
}
