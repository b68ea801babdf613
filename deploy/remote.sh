# The same commands for a Pi elsewhere, over ssh: HOST=user@pi ./deploy.sh COMMAND

there=.cache/pi-coach-deploy

# on_the_host COMMAND ARGUMENT...: copies what the command needs, a few hundred kB, and runs it there.
on_the_host() {
  local line
  local -a terminal=()
  command -v ssh >/dev/null || fail "ssh is missing: install openssh-client."
  if [[ -n $dry ]]; then
    echo "would do: Copy to $HOST"
    echo "would do: $1 there"
    return
  fi
  # One connection for both, so that a password is asked for once.
  line=$(mktemp -d)
  log=$line/log
  # shellcheck disable=SC2064  # the folder as it is called now
  trap "hang_up '$line'" EXIT
  step "Copy to $HOST" send "$line"
  [[ ! -t 0 ]] || terminal=(-t)
  call "$line" "${terminal[@]}" -- "$HOST" "$(printf '%q ' "$there/deploy.sh" "$@")"
}

# call LINE ARGUMENT...
call() {
  ssh -o ControlMaster=auto -o "ControlPath=$1/%C" -o ControlPersist=60s "${@:2}"
}

send() {
  packed -z | call "$1" -- "$HOST" "rm -rf $there.new && mkdir -p $there.new && tar -xz -C $there.new &&
    rm -rf $there && mv $there.new $there"
}

hang_up() {
  call "$1" -O exit -- "$HOST" 2>/dev/null
  rm -rf -- "$1"
}
