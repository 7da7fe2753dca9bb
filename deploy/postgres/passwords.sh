#!/bin/sh
# Draws every password and key of docker-compose.yml once, into files that only whoever reads them may read; what is there
# already stays. Run it as root in the repository: sudo sh deploy/postgres/passwords.sh [FOLDER]
set -eu
umask 077
folder=${1:-secrets}
mkdir -p "$folder"
chmod 711 "$folder"
ROOMS=10001 POSTGRES=999 NOBODY=65534 GRAFANA=472

# keep NAME OWNER: what is read becomes a file of its owner's, unless there is one.
keep() {
    if [ -e "$folder/$1" ]; then
        cat > /dev/null
        return
    fi
    cat > "$folder/$1.draft"
    chown "$2" "$folder/$1.draft"
    mv "$folder/$1.draft" "$folder/$1"
}

draw() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# roles DATABASE: the passwords of its two roles, for its server.
roles() {
    printf '%s:%s\n%s_owner:%s\n' "$1" "$(draw)" "$1" "$(draw)" | keep "$1-roles" $POSTGRES
}

# passes NAME ROLE…: the same passwords in the form that clients read, for the processes that connect as these roles.
passes() {
    name=$1
    shift
    for role in "$@"; do
        printf '*:*:*:%s\n' "$(grep "^$role:" "$folder/${role%_owner}-roles")"
    done | keep "$name" $ROOMS
}

draw | keep postgres-password $POSTGRES
for database in intake keys referral notifications analytics; do
    roles $database
done
passes intake-pass intake keys
passes intake-owner-pass intake_owner keys_owner
for room in referral notifications analytics; do
    passes $room-pass $room
    passes $room-owner-pass ${room}_owner
done
for key in agency-key session-key intake-secret referral-secret notifications-secret analytics-secret; do
    head -c 32 /dev/urandom | base64 | keep $key $ROOMS
done
draw | keep grafana-password $GRAFANA

# What others gave you: fill these in.
for name in client-secret; do : | keep $name $ROOMS; done
for name in mail-password; do : | keep $name $NOBODY; done
