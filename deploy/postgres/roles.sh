#!/bin/sh
# Makes a room's roles and database when its container's data folder is first made. The passwords come from the
# environment; roles.sql reads them there.
set -eu
psql --no-psqlrc --username "$POSTGRES_USER" --dbname postgres --set "room=$SPIS_ROOM" --file /etc/spis/roles.sql
