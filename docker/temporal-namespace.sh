#!/bin/sh
# Makes the namespace unless it is there, and the search attributes by which bookings are found (src/search-attributes.ts;
# the workers make them, too, where they may). The port answers before the server does, so it is asked until it does.
set -eu
until temporal operator cluster health; do
  sleep 1
done
temporal operator namespace describe --namespace "$NAMESPACE" ||
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
# A name and a type each, in pairs. A new namespace is known to all of the cluster some seconds later.
until temporal operator search-attribute create --namespace "$NAMESPACE" \
  --name BookingStatus --type Keyword \
  --name BookingDealer --type Keyword \
  --name BookingAdvisor --type Keyword \
  --name BookingImport --type Keyword \
  --name BookingNextDue --type Datetime; do
  sleep 1
done
