# What is told on the way, and how it ends. Needs $log, which names the file that takes what the tools say.

dry=

fail() {
  echo "deploy.sh: $1" >&2
  exit "${2:-1}"
}

misuse() {
  fail "$1; './deploy.sh help' lists the commands." 2
}

# step WHAT COMMAND...: runs the command quietly, with one line that says what it is for and how long it took.
step() {
  try "$@" || stopped
}

# try WHAT COMMAND...: the same, but leaves it to the caller what to make of a failure.
# A command that is a function runs without `set -e`: it joins what it does with &&.
try() {
  local what=$1 began=$SECONDS
  shift
  if [[ -n $dry ]]; then
    echo "would do: $what"
    return
  fi
  printf '%s: ' "$what"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    echo "failed"
    return 1
  fi
  echo "done, $((SECONDS - began)) s"
}

stopped() {
  fail "$(trouble) (all that was said is in $log); run it again once that is put right."
}

# Says in a few words what went wrong in the last step.
trouble() {
  local offline='Retrying \(|Temporary failure|Could not connect|Unable to connect|unreachable|timed out'
  if grep -qE "$offline" "$log"; then
    echo "the package server cannot be reached"
  elif grep -q 'No space left on device' "$log"; then
    echo "the disk is full"
  else
    { grep -E '^(E|ERROR|[Ee]rror): ' "$log" || tail -n 1 "$log"; } | tail -n 1
  fi
}
