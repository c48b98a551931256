#!/bin/sh
# Adds one to the number on the volume and answers it; two requests at once wait for each other.
exec 9>/data/lock
flock 9
visits=$(cat /data/visits 2>/dev/null || echo 0)
visits=$((visits + 1))
echo "$visits" >/data/visits

printf 'Content-Type: text/plain\r\n\r\n'
echo "$visits"
