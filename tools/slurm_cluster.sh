#!/usr/bin/env bash
# A throw-away Slurm cluster of one node on this machine, for tests: slurm_cluster.sh start|stop|slurmd-kill|slurmd-start FOLDER
# It needs munged, slurmctld and slurmd (Debian: slurm-wlm, munge) and root, no systemd and no configuration of the machine.
set -euo pipefail
action=${1:?start, stop, slurmd-kill or slurmd-start}
folder=$(realpath -m "${2:?folder}")
export SLURM_CONF=$folder/slurm.conf
host=$(hostname -s)

alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

await() { # await SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $end ]; then
            echo "slurm_cluster: $what did not come up: see $folder/*.log" >&2
            tail -n 5 "$folder"/*.log >&2 || true
            return 1
        fi
        sleep 0.2
    done
}

free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

configure() {
    mkdir -p "$folder"/{state,spool}
    chmod 755 "$folder"
    head -c 128 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
    cat >"$SLURM_CONF" <<END
ClusterName=throwaway
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=1,requeue_delay=0
# Slurm holds back a job that was queued again for as long.
KillWait=10
MinJobAge=300
InactiveLimit=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 Boards=1 SocketsPerBoard=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN
PartitionName=low Nodes=$host Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=high Nodes=$host MaxTime=INFINITE State=UP PriorityTier=10
END
}

start() {
    configure
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" --num-threads=2
    await 10 munged alive "$folder/munged.pid"
    slurmctld -f "$SLURM_CONF" -c
    await 20 slurmctld scontrol ping
    start_slurmd
}

start_slurmd() {
    slurmd -f "$SLURM_CONF" -N "$host" || slurmd -f "$SLURM_CONF"
    await 30 "the node" bash -c "sinfo --noheader --partition=low --format=%T | grep -Eq 'idle|mixed|allocated'"
}

kill_slurmd() { # without a farewell, as in a crash; its tasks go on
    kill -9 "$(cat "$folder/slurmd.pid")"
}

stop() {
    scancel --user=root 2>/dev/null || true
    sleep 1
    for daemon in slurmd slurmctld munged; do
        if alive "$folder/$daemon.pid"; then kill "$(cat "$folder/$daemon.pid")" 2>/dev/null || true; fi
    done
    for daemon in slurmd slurmctld munged; do
        for _ in $(seq 50); do alive "$folder/$daemon.pid" || break; sleep 0.1; done
        if alive "$folder/$daemon.pid"; then kill -9 "$(cat "$folder/$daemon.pid")" 2>/dev/null || true; fi
    done
}

case $action in
start) start ;;
stop) stop ;;
slurmd-kill) kill_slurmd ;;
slurmd-start) start_slurmd ;;
*) echo "slurm_cluster: $action: use start, stop, slurmd-kill or slurmd-start" >&2; exit 1 ;;
esac
