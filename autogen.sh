#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes ./configure from configure.ac. Run once in a fresh clone, then build out of tree:
#   ./autogen.sh && mkdir build && cd build && ../configure && make
set -e
cd "$(dirname "$0")"
mkdir -p m4 build-aux
exec autoreconf --install --warnings=all,no-obsolete
