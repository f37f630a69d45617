#!/usr/bin/env bash
# What crypten-launch starts as the dealer of the plaintext rows: the dealer without TLS. Measurements only.
exec "$CRYPTEN_BENCH_DEALER" --insecure-plaintext "$@"
