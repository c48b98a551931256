#!/bin/sh
# The page: asks the database for the count, which adds one, and shows which copy this is.
visits=$(wget -q -O - "$DATABASE/cgi-bin/visit.cgi") || visits="?"

printf 'Content-Type: text/plain\r\n\r\n'
echo "${COPY##*-}: visit $visits"
