#!/usr/bin/env bash
# Tests sweep and verify --slurm on a real, throw-away Slurm cluster of this machine. Where Slurm is not installed and cannot be, it says so loudly and ends well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

skip() {
    printf '\n*** test-slurm: SKIPPED: %s\n*** Remedy on Debian or Ubuntu: sudo apt-get install slurm-wlm munge, then as root: make test-slurm\n\n' "$1" >&2
    exit 0
}

installed() { command -v munged >/dev/null && command -v slurmctld >/dev/null && command -v slurmd >/dev/null; }

export PATH=$PATH:/usr/sbin:/sbin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
[ "$(uname)" = Linux ] || skip 'Slurm runs on Linux only'
[ "$(id -u)" = 0 ] || skip 'a cluster of one machine needs root'
if ! installed; then
    command -v apt-get >/dev/null || skip 'Slurm is not installed'
    echo 'test-slurm: installing slurm-wlm and munge'
    # An image without an init system must not start the daemons that the packages bring.
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends slurm-wlm slurm-wlm-basic-plugins munge; } >"$folder/apt.log" 2>&1 ||
        skip "the packages cannot be installed: $(tail -n 1 "$folder/apt.log")"
    installed || skip 'the packages have no munged, slurmctld and slurmd'
fi

trap 'tools/slurm_cluster.sh stop "$folder"; rm -rf "$folder"' EXIT
tools/slurm_cluster.sh start "$folder"
TIGHTROPE_SLURM_CLUSTER=$folder go test ./cmd/tightrope -run Slurm -count=1 -v -timeout 20m
