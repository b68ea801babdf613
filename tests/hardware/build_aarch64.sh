#!/usr/bin/env bash
# Makes, in a folder, what a Raspberry Pi's processor is emulated with: Debian's Python for 64-bit ARM and the newest
# qemu (bookworm's own crashes in large libraries), and the Python packages that are named.
#   build_aarch64.sh FOLDER PACKAGE...
# Nothing of it is installed on this machine.  Needs root, for debootstrap; a step that was done is not done again.
set -euo pipefail

folder=$1 && shift
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
mkdir -p "$folder"
cd "$folder"

# The second stage of debootstrap would take half an hour under emulation; unpacking is all that Python needs.
if [[ ! -e root.done ]]; then
  rm -rf root
  debootstrap --foreign --arch=arm64 --variant=minbase --include=python3,libstdc++6 trixie root "$mirror"
  for package in root/var/cache/apt/archives/*.deb; do dpkg -x "$package" root; done
  touch root.done
fi

if [[ ! -x usr/bin/qemu-aarch64 ]]; then
  rm -rf apt && mkdir -p apt/lists/partial apt/archives/partial
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [check-valid-until=no signed-by=$keys] $mirror sid main" >apt/sources.list
  own=(-o "Dir::Etc::SourceList=$PWD/apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$PWD/apt/lists"
    -o "Dir::Cache=$PWD/apt" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
  apt-get "${own[@]}" update
  (cd apt && apt-get "${own[@]}" download qemu-user)
  dpkg -x apt/qemu-user_*.deb .
  rm -rf apt
fi

if [[ "$(cat packages.done 2>/dev/null)" != "$*" ]]; then
  rm -rf packages
  platforms=()
  for glibc in 17 26 27 28 31 34 36; do platforms+=(--platform "manylinux_2_${glibc}_aarch64"); done
  "${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --target packages --only-binary=:all: \
    --python-version 3.13 --platform manylinux2014_aarch64 "${platforms[@]}" "$@"
  echo "$*" >packages.done
fi
