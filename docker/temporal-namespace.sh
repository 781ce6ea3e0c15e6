#!/bin/sh
# Makes the namespace unless it is there. The port answers before the server does, so it is asked until it does.
set -eu
until temporal operator cluster health; do
  sleep 1
done
temporal operator namespace describe --namespace "$NAMESPACE" ||
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
