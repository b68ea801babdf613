# The commands for a Pi that coaches: install, update, rollback, uninstall, backup, restore.

# on_this_machine COMMAND ARGUMENT...
on_this_machine() {
  local purge='' mediapipe='' file=''
  read_options "$@"
  if [[ -n ${HOST-} ]]; then
    on_the_host "$@"
    return
  fi
  be_root "$@"
  log=/var/log/pi-coach-setup.log
  umask 022
  case $1 in
    install | update) "$1"_coach ;;
    rollback) rollback_coach ;;
    uninstall) uninstall_coach ;;
    backup | restore) "$1"_coach "$file" ;;
  esac
}

read_options() {
  local command=$1 argument
  for argument in "${@:2}"; do
    case "$command $argument" in
      *" --dry-run") dry=yes ;;
      "uninstall --purge") purge=yes ;;
      "install --with-mediapipe") mediapipe=yes ;;
      "backup "[!-]* | "restore "[!-]*)
        [[ -z $file ]] || misuse "$command takes one file"
        file=$argument
        ;;
      *) misuse "$command knows no '$argument'" ;;
    esac
  done
  [[ $command != restore || -n $file ]] || misuse "restore needs the file of a backup"
}

# be_root COMMAND ARGUMENT...: goes on as root. What changes nothing needs no root.
be_root() {
  if ((EUID != 0)) && [[ -z $dry ]]; then
    ask_for_root "Only root can $1 the coach" || fail "only root can $1 the coach: run it as root, or where sudo may ask you."
    exec sudo -- "$here/deploy.sh" "$@"
  fi
  [[ -z $dry ]] || return 0
  exec 9>/run/pi-coach-deploy.lock
  flock -n 9 || fail "another deploy.sh is at work on this machine: let it finish."
}

install_coach() {
  local name extras
  local -a requirements
  [[ -d $here/pi_coach ]] || fail "there is no program beside $here/deploy.sh: run the deploy.sh of a whole checkout."
  check_system /etc/os-release "$system_python"
  remember_engines
  extras=$(extras)
  give_packages "$extras"
  give_user "$here/systemd/pi-coach.sysusers.conf"
  give_folders
  mapfile -t requirements < <(requirements "$extras")
  name=$(release_name "${requirements[@]}")
  if settled "$name"; then
    echo "pi-coach $name is installed and up to date."
  else
    make_release "$name" "${requirements[@]/#PROGRAM/$releases/$name}"
    step "Pose model" as_coach "$name" models get
    bring_in "$name"
    systemd_runs || echo "systemd does not run here: the services start with the next boot."
  fi
  tell_pin "$name"
}

update_coach() {
  [[ -n $(release_at current) ]] || fail "there is nothing to update: './deploy.sh install' comes first."
  install_coach
}

remember_engines() {
  [[ -n $mediapipe && -z $dry ]] || return 0
  mkdir -p -- "$program" && touch -- "$program/with-mediapipe"
}

# The pose engine that runs everywhere, and the other one where it was asked for once.
extras() {
  local able
  able=$(pose_engines "$(uname -m)" "$(getconf LONG_BIT)" /proc/cpuinfo)
  if [[ -z $mediapipe && ! -e $program/with-mediapipe ]]; then
    echo litert
  elif [[ $able == *mediapipe* ]]; then
    echo litert,mediapipe
  else
    fail "this processor (as in a Pi 4, 3 or Zero 2) cannot run mediapipe: install without --with-mediapipe."
  fi
}

# requirements EXTRAS: what the environment is to hold, for pip, one a line.
requirements() {
  echo "PROGRAM[$1]"
  # Apt's simplejpeg on bookworm was built for numpy 1 and breaks picamera2 beside the numpy 2 that the program needs.
  ! system_has simplejpeg || echo "simplejpeg>=1.9"
  # Where apt has no lgpio, PyPI has it for the older Pythons; for 3.13 it has only an empty placeholder.
  system_has lgpio || ! "$system_python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))' || echo "lgpio>=0.2.2"
}

system_has() {
  "$system_python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec(sys.argv[1]) is None)' "$1" 2>/dev/null
}

# tell_pin NAME: the page's first PIN, once. Without one the page keeps to this machine.
tell_pin() {
  local told=$program/pin-told pin
  if [[ -e $told ]] || ! as_coach "$1" pin --help >/dev/null 2>&1; then return; fi
  pin=$(as_coach "$1" pin new --speak 2>>"$log" | grep '^PIN') || fail "no PIN was made for the page: run 'pi-coach pin new'."
  echo "$pin  (for the page on your phone; write it down, it is shown this once)"
  touch -- "$told"
  # Before there was a PIN it kept to this machine.
  if systemctl --quiet is-active pi-coach-web.service; then systemctl restart pi-coach-web.service; fi
}

rollback_coach() {
  local name
  name=$(release_at previous)
  [[ -n $name && -e $releases/$name/whole ]] || fail "there is no earlier release to go back to."
  bring_in "$name"
}

uninstall_coach() {
  if [[ -e $program ]]; then
    step "Services and program removed" remove_program
  fi
  if [[ -n $purge ]] && { [[ -d $state || -d /etc/pi-coach ]] || id pi-coach >/dev/null 2>&1; }; then
    step "Sessions, config and user removed" remove_belongings
  fi
  if [[ -d $state || -d /etc/pi-coach ]]; then
    echo "Sessions are kept in $state and your config in /etc/pi-coach; 'uninstall --purge' removes them as well."
  else
    echo "pi-coach is not installed here."
  fi
}

# The list of what was placed goes last, so that an interrupted removal can be run again.
remove_program() {
  local place
  halt_services && if [[ -e $program/placed ]]; then
    while read -r place; do take_away "$place" || return; done <"$program/placed"
  fi && if systemd_runs; then systemctl daemon-reload; fi &&
    rm -rf -- /usr/local/bin/pi-coach /var/cache/pi-coach /var/lib/systemd/timers/stamp-pi-coach-* "$program"
}

remove_belongings() {
  rm -rf -- "$state" /etc/pi-coach && { ! id pi-coach >/dev/null 2>&1 || userdel pi-coach; } && rm -f -- "$log"
}

installed_release() {
  local name
  name=$(release_at current)
  [[ -n $name ]] || fail "pi-coach is not installed here: './deploy.sh install' does that."
  echo "$name"
}

# backup_coach [FILE]: without a file it goes where the daily backups go.
backup_coach() {
  local name
  name=$(installed_release)
  if [[ -n $1 ]]; then
    step "Backup to $1" backup_to "$name" "$1"
  elif [[ -n $dry ]]; then
    echo "would do: Backup"
  else
    as_coach "$name" backup
  fi
}

# The services' user can write into its own folder only, and the file is to belong to whoever asked for it.
backup_to() {
  local handover=$state/.handover good=0
  install -d -o pi-coach -g pi-coach -m 700 -- "$handover" && as_coach "$1" backup "$handover/${2##*/}" &&
    install -m 600 -o "${SUDO_UID:-0}" -g "${SUDO_GID:-0}" -- "$handover/${2##*/}" "$2" || good=1
  rm -rf -- "$handover"
  return "$good"
}

restore_coach() {
  local name
  name=$(installed_release)
  [[ -r $1 ]] || fail "there is no file $1: name a backup."
  step "Restore from $1" restore_from "$name" "$1"
}

# The book is its own to write, the owner's config is not: what comes back of that goes where there is none now.
restore_from() {
  local handover=$state/.handover good=0
  install -d -m 700 -- "$handover" && cp -r /etc/pi-coach "$handover/config" &&
    install -m 600 -- "$2" "$handover/${2##*/}" && chown -R pi-coach:pi-coach "$handover" && halt_services &&
    as_coach "$1" --config "$handover/config" restore "$handover/${2##*/}" &&
    cp -rn --no-preserve=mode,ownership "$handover/config/." /etc/pi-coach || good=1
  rm -rf -- "$handover"
  start_services
  return "$good"
}
