#!/bin/sh
# Runs promptfoo 0.121.20 on the tickets and keeps its JSON lines.
# Run: sh run.sh PROMPTFOO_BIN OUT_DIR    (npm install promptfoo@0.121.20)
set -eu
bin=$1
out=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
neutral=/tmp/assay-fixtures/run-triage # promptfoo writes absolute paths into its files: run where no name is personal
rm -rf "$neutral" && mkdir -p "$neutral" && cp "$here"/* "$neutral" && cd "$neutral"
export PROMPTFOO_CONFIG_DIR="$neutral/state" PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=1 TZ=UTC
# Exit code 100 says that some assertions failed, which is wanted here.
"$bin" eval -c promptfooconfig.yaml -j 12 --no-cache --no-table --no-progress-bar --no-write -o triage.jsonl -o triage.json || [ $? = 100 ]
cp triage.jsonl "$out/"
