#!/bin/sh
# Makes a room's roles and database when its container's data folder is first made. The passwords come from a file of
# lines ROLE:PASSWORD; roles.sql reads them in the environment of this step alone.
set -eu
password() { sed -n "s/^$1://p" /run/secrets/roles; }
SPIS_RUN_PASSWORD=$(password "$SPIS_ROOM")
SPIS_OWNER_PASSWORD=$(password "${SPIS_ROOM}_owner")
export SPIS_RUN_PASSWORD SPIS_OWNER_PASSWORD
psql --no-psqlrc --username "$POSTGRES_USER" --dbname postgres --set "room=$SPIS_ROOM" --file /etc/spis/roles.sql
