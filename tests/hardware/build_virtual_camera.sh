#!/usr/bin/env bash
# Builds libcamera with a virtual camera that behaves as a Pi's does, and an environment with the real Picamera2 on it.
#
#   tests/hardware/build_virtual_camera.sh [PREFIX]     default: $PI_COACH_VIRTUAL_CAMERA, else ~/.cache/pi-coach/virtual-camera
#
# Takes 2 to 6 minutes on two cores and 400 MB.  PYTHON names the interpreter (default python3), JOBS the cores (default 2).
# Tried on Debian 12, x86-64.  A second run builds only what changed.
set -euo pipefail

VERSION=0.7.2
SHA256=e27f5670fe9443eebc8e2f24235cd20b533324ef481a3684d34c78f1c3a12afb
SOURCE=${SOURCE:-https://deb.debian.org/debian/pool/main/libc/libcamera/libcamera_$VERSION.orig.tar.gz}
PACKAGES=(g++ pkg-config curl libyaml-dev libgnutls28-dev openssl libjpeg62-turbo-dev libyuv-dev libudev-dev libcap-dev
  python3-dev)

here=$(cd "$(dirname "$0")" && pwd)/virtual_camera
prefix=$(readlink -m "${1:-${PI_COACH_VIRTUAL_CAMERA:-$HOME/.cache/pi-coach/virtual-camera}}")
jobs=${JOBS:-2}

missing=()
for package in "${PACKAGES[@]}"; do
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
if ((${#missing[@]})); then
  if ((EUID)); then
    echo "These packages are needed: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

mkdir -p "$prefix"
[[ -x $prefix/venv/bin/python ]] || "${PYTHON:-python3}" -m venv "$prefix/venv"
"$prefix/venv/bin/pip" install -q meson==1.9.1 ninja jinja2 ply pyyaml pybind11==2.13.6 picamera2==0.3.38 pytest
# libcamera's build scripts and its Python module must find this interpreter.
export PATH=$prefix/venv/bin:$PATH

cd "$prefix"
if [[ ! -d source ]]; then
  curl -fsSL --retry 3 -o libcamera.tar.gz "$SOURCE"
  echo "$SHA256  libcamera.tar.gz" | sha256sum --check --quiet
  rm -rf unpacked && mkdir unpacked
  tar -xzf libcamera.tar.gz -C unpacked --strip-components=1
  patch -s -p1 -d unpacked <"$here/libcamera-virtual-pi.patch"
  mv unpacked source
fi
[[ -f build/build.ninja ]] || nice -n 10 meson setup build source --prefix="$prefix" --libdir=lib \
  -Dbuildtype=release -Dwerror=false -Dpipelines=virtual -Dipas= -Dpycamera=enabled -Dudev=enabled \
  -Dcam=disabled -Dqcam=disabled -Dgstreamer=disabled -Dtest=false -Ddocumentation=disabled \
  -Dlc-compliance=disabled -Dv4l2=disabled -Dtracing=disabled -Dlibunwind=disabled -Dlibdw=disabled >meson.log
nice -n 10 ninja -C build -j "$jobs" install >ninja.log

gcc -shared -fPIC -O2 -o lib/fakedmabuf.so "$here/fakedmabuf.c" -ldl
cp "$here/pykms.py" "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/"
echo "The virtual camera is ready: PI_COACH_VIRTUAL_CAMERA=$prefix pytest -m hardware"
