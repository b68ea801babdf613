#!/usr/bin/env bash
# Sets up pi_coach: in this folder, to try it, or on a Pi that is to coach. `./deploy.sh help` says how.
set -euo pipefail
shopt -s extglob

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off

# shellcheck source-path=SCRIPTDIR
source "$here/deploy/telling.sh"
source "$here/deploy/machine.sh"
source "$here/deploy/packages.sh"
source "$here/deploy/checkout.sh"
source "$here/deploy/book.sh"
source "$here/deploy/services.sh"
source "$here/deploy/releases.sh"
source "$here/deploy/install.sh"
source "$here/deploy/remote.sh"

usage() {
  cat <<'TEXT'
usage: ./deploy.sh COMMAND

To try it, in this folder:
  demo         set up what is missing, then coach a recorded set with simulated lights and button
  test [ARG]   set up what is missing, then run the whole test suite; ARGs go to pytest

On a Pi that is to coach from the moment it is switched on:
  install      system packages, program, pose model, user and services, then a self-check;
               --with-mediapipe adds the second pose engine, on a Pi 5 or a PC
  update       the same with the version in this folder; where it does not work, the one before runs again
  rollback     back to the release before
  uninstall    remove program and services; sessions and config stay, unless --purge is given
  backup [FILE]
               copy the sessions to FILE, or where the daily backups go
  restore FILE
               put the sessions of a backup in place of the present ones

  help         show this

The commands for a Pi take --dry-run, which only tells what would be done, and run on another
machine with HOST=user@pi in front. Files are named as that machine knows them.

To try it, everything goes into .venv in this folder, but for system packages (apt asks for root only
where some are missing) and for sessions and models, which go to your own data folder.
Run any command again after a failure: it goes on where it stopped.
TEXT
}

main() {
  case "${1-}" in
    demo) demo "${@:2}" ;;
    test) run_tests "${@:2}" ;;
    install | update | rollback | uninstall | backup | restore) on_this_machine "$@" ;;
    help | -h | --help) usage ;;
    "") misuse "a command is missing" ;;
    *) misuse "there is no command '$1'" ;;
  esac
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  trap 'exit 130' INT
  main "$@"
fi
