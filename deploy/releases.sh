# The program in /opt/pi-coach: each release in a folder of its own, with its environment, and a link to the one that runs.
#
#   releases/NAME/whole    its making came to the end
#   releases/NAME/proven   it has run here, and its self-check was good
#   current, previous      links to releases
#   were-running           the services that a switch has halted, while it lasts

program=/opt/pi-coach
releases=$program/releases
system_python=/usr/bin/python3
# An environment takes 400 MB, what pip keeps 100 and what it unpacks on the way as much again, a pose model 200.
release_mb=1000
parts=(pi_coach config systemd deploy deploy.sh pyproject.toml README.md LICENSE NOTICE)

# What the program is made of, as far as it lies here.
program_parts() {
  local part
  for part in "${parts[@]}"; do
    [[ ! -e $here/$part ]] || echo "$part"
  done
}

# packed OPTION...: the program as an archive on standard output.
packed() {
  local -a present
  mapfile -t present < <(program_parts)
  tar -C "$here" --exclude=__pycache__ "$@" -c "${present[@]}"
}

# release_name REQUIREMENT...: the same program with the same requirements has the same name.
release_name() {
  local version digest
  version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$here/pi_coach/__init__.py")
  digest=$({
    echo "$@"
    "$system_python" -c 'import sys; print(sys.version_info[:2])' 2>/dev/null || true
    packed --sort=name --mtime=@0 --owner=0 --group=0 --mode=a+rX,u+w,go-w
  } | sha256sum)
  echo "$version-${digest:0:10}"
}

# release_at current|previous: its name, empty where there is none.
release_at() {
  basename -- "$(readlink -- "$program/$1")" 2>/dev/null || true
}

# The release that is known to work here and is not NAME; empty where there is none.
proven_but() {
  local name
  for name in "$(release_at current)" "$(release_at previous)"; do
    if [[ -n $name && $name != "$1" && -e $releases/$name/proven ]]; then
      echo "$name"
      return
    fi
  done
}

# settled NAME: tells whether it is the one that runs, with no switch under way.
settled() {
  [[ $(release_at current) == "$1" && -e $releases/$1/proven && ! -e $program/were-running ]]
}

# make_release NAME REQUIREMENT...: what an interrupted run has left is not built upon; pip has kept what it downloaded.
make_release() {
  local folder=$releases/$1
  [[ ! -e $folder/whole ]] || return 0
  check_space "$program" "$release_mb"
  step "Program" copy_program "$folder"
  # Apt's picamera2, libcamera and lgpio are made for the system's own Python and come from nowhere else.
  step "Python environment" "$system_python" -m venv --system-site-packages "$folder/.venv"
  step "Libraries (about 100 MB, once)" install_libraries "$folder" "${@:2}"
}

copy_program() {
  rm -rf -- "$1" && mkdir -p -- "$1" && packed | tar -x --no-same-owner -C "$1" && chmod -R u+w,go-w,a+rX -- "$1"
}

# A power cut must not leave a release that only seems whole.
install_libraries() {
  (cd / && "$1/.venv/bin/python" -m pip install "${@:2}") && sync && touch -- "$1/whole"
}

# point LINK NAME: at any moment there is a link, to the old release or to the new one.
point() {
  ln -sfn "releases/$2" "$program/.$1.new" && mv -fT "$program/.$1.new" "$program/$1"
}

# as_coach NAME ARGUMENT...: runs that release's program as the services run it.
as_coach() {
  timeout 600 "$releases/$1/deploy/pi-coach" "${@:2}"
}

# bring_in NAME: makes it the release that runs. Where it does not work, the one before it runs again.
bring_in() {
  local before why
  before=$(proven_but "$1")
  if [[ $(release_at current) != "$1" ]]; then
    step "Self-check of $1" rehearse "$1"
    step "Switch" switch "$1" "$before"
  fi
  if try "Start and self-check" prove "$1"; then
    [[ -n $dry ]] || cat -- "$log"
    step "Tidying up" remove_releases_but "$1" "$(release_at previous)"
    return
  fi
  why=$(trouble)
  [[ -n $before ]] || fail "pi-coach is installed but does not work yet: $why (see $log); run this again once that is put right."
  step "Back to $before" go_back "$before"
  fail "$1 did not work, so $before runs again: $why"
}

# Tries a release beside the one that runs, with a copy of the session book, whose tables it may change.
rehearse() {
  local trial=$state/.trial good=0
  rm -rf -- "$trial" && install -d -o pi-coach -g pi-coach -m 750 -- "$trial" && ln -s ../models "$trial/models" &&
    copy_book "$book" "$trial/sessions.db" && as_coach "$1" --data "$trial" doctor --quiet || good=1
  rm -rf -- "$trial"
  return "$good"
}

# switch NAME BEFORE: the services stay halted.
switch() {
  note_running "$1" && halt_services && rm -f -- "$releases/$1/proven" && put_services "$1" || return
  if [[ -n $2 ]]; then
    copy_book "$book" "$book_before" && point previous "$2" || return
  fi
  sync && point current "$1" && ln -sfn "$program/current/deploy/pi-coach" /usr/local/bin/pi-coach
}

prove() {
  start_services
  as_coach "$1" doctor --quiet && services_run && touch -- "$releases/$1/proven" && rm -f -- "$program/were-running"
}

# What a newer release has made of the session book an older one may be unable to read.
go_back() {
  halt_services && put_book_back && put_services "$1" && point current "$1" && start_services &&
    rm -f -- "$program/were-running"
}

remove_releases_but() {
  local folder
  for folder in "$releases"/*; do
    [[ " $* " == *" ${folder##*/} "* ]] || rm -rf -- "$folder"
  done
}
