#!/bin/sh
# The page: asks the database for the count, adds one, and shows which copy of the project this is.
visits=$(wget -q -O - "$DATABASE/cgi-bin/visit.cgi") || visits="?"
name=${COPY##*-}

printf 'Content-Type: text/html; charset=utf-8\r\n\r\n'
cat <<PAGE
<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>$name: visit $visits</title>
<style>
  body { margin: 20vh auto; max-width: 30rem; text-align: center; font: 1.2rem system-ui }
  h1 { font-size: 4rem; color: $name }
  body { border-top: 1rem solid $name }
</style>
<h1>$name</h1>
<p>This is <b>$COPY</b>. Visits: <b>$visits</b>.
PAGE
