# shellcheck shell=bash
# shellcheck disable=SC2034 # packages.sh and the scripts that source this file read the variables
#
# A container engine with a Compose that piko can use: finds, installs, starts and stops one.
# Sourced after packages.sh by install.sh and Tests/run.
#
# After a function failed, setup_engine_reason says why, as the end of a sentence.

PATH=$PATH:/usr/sbin:/sbin # where the engine lies, which users of Debian do not search

setup_compose_needed=2.24.4 # the first that knows '!override' and '!reset'
setup_engine_reason=
setup_engine_started= # how this script started one: 'service', or a process id
setup_engine_log=

# --- Is there one? --------------------------------------------------------------------------------

setup_engine_answers() {
  local socket=/var/run/docker.sock
  if ! setup_has docker; then
    setup_engine_reason="there is no 'docker' program"
  elif timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
    return 0
  elif [ -n "${DOCKER_HOST-}" ]; then
    setup_engine_reason="none answers at DOCKER_HOST '$DOCKER_HOST'"
  elif [ -S "$socket" ] && [ ! -w "$socket" ]; then
    setup_engine_reason="this user may not use it: run 'sudo usermod -aG docker $(id -un)',\
 then log in again"
  else
    setup_engine_reason="no engine answers"
  fi
  return 1
}

# Whether the one that shall be used is not this script's to install or start: the user points to
# another, or may not use the one that runs. The reason is known already.
setup_engine_is_elsewhere() {
  [ -n "${DOCKER_HOST-}" ] || { [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; }
}

# Whether `docker compose` is there and new enough.
setup_compose_fits() {
  local version
  version=$(docker compose version --short 2>/dev/null | sed 's/^v//; s/[^0-9.].*//') || :
  if [ -z "$version" ]; then
    setup_engine_reason="there is no 'docker compose'"
  elif setup_version_at_least "$setup_compose_needed" "$version"; then
    return 0
  else
    setup_engine_reason="Compose $version is older than $setup_compose_needed"
  fi
  return 1
}

setup_engine_ready() { setup_engine_answers && setup_compose_fits; }

# --- Installing -----------------------------------------------------------------------------------

# Asks, then installs the distribution's engine, Compose and builder. Status 1 where it could not.
setup_engine_install() {
  local packages
  if setup_engine_is_elsewhere; then return 1; fi
  if setup_has dockerd && setup_compose_fits && docker buildx version >/dev/null 2>&1; then
    return 0
  fi
  if ! setup_has apt-get; then
    setup_engine_reason="it cannot be installed here: no apt-get"
    return 1
  fi
  if setup_is_installed docker-ce; then
    setup_engine_reason="run 'sudo apt-get install docker-compose-plugin docker-buildx-plugin'"
    return 1
  fi
  setup_engine_reason="the packages were not installed"
  # The question comes before the first change, which may be a package source.
  setup_consent "Install a container engine (docker.io) with Compose and its builder?" || return 1
  setup_refresh
  if setup_has_candidate docker-compose-v2 "$setup_compose_needed"; then
    packages=(docker.io docker-compose-v2 docker-buildx)
  elif setup_has_candidate docker-compose "$setup_compose_needed"; then
    packages=(docker.io docker-cli docker-compose docker-buildx)
  else
    # docker.io and its parts alone: they run on this release's C library. Anything else taken from
    # the next release (iptables or runc, say) would bring that release's C library along.
    setup_offer_next_release || return 1
    packages=(docker.io docker-cli docker-compose docker-buildx containerd)
    packages=("${packages[@]/%//trixie}") # that release's version of these, and of no other
  fi
  setup_yes=1 setup_install "to run containers" iptables "${packages[@]}" || return 1
  setup_has dockerd && setup_compose_fits
}

setup_is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# setup_has_candidate PACKAGE VERSION: whether apt would install at least that version of it.
setup_has_candidate() {
  local version
  version=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p')
  version=${version#*:}
  case $version in '' | '(none)') return 1 ;; esac
  setup_version_at_least "$2" "${version%%[!0-9.]*}"
}

# --- Debian 12: the engine of the next release ----------------------------------------------------

setup_next_source=/etc/apt/sources.list.d/piko-engine.sources
setup_next_pin=/etc/apt/preferences.d/piko-engine

# Makes trixie's engine packages installable on bookworm, and nothing else of trixie.
setup_offer_next_release() {
  local entry
  if [ -n "$(setup_debian_archive trixie)" ]; then return 0; fi # offered already
  entry=$(setup_next_entry) || :
  if [ -z "$entry" ]; then
    setup_engine_reason="this release has no Compose $setup_compose_needed or later"
    return 1
  fi
  setup_say "Adding $setup_next_source and $setup_next_pin"
  printf '%s\n' \
    "# For the container engine alone: this release's Compose is too old for piko. The pin in" \
    "# $setup_next_pin keeps all other packages as they are." \
    "# Remove both files before upgrading to trixie." \
    "$entry" | setup_as_root tee "$setup_next_source" >/dev/null || return 1
  printf '%s\n' \
    "# Goes with $setup_next_source." \
    "Package: *" "Pin: release n=trixie" "Pin-Priority: 50" "" \
    "# The engine's own packages get their fixes." \
    "Package: docker.io docker-cli docker-compose docker-buildx containerd" \
    "Pin: release n=trixie" "Pin-Priority: 500" | setup_as_root tee "$setup_next_pin" >/dev/null \
    || return 1
  setup_refreshed=
  setup_refresh
  if ! setup_has_candidate docker-compose "$setup_compose_needed"; then
    setup_as_root rm -f "$setup_next_source" "$setup_next_pin"
    setup_refreshed=
    setup_engine_reason="no Compose $setup_compose_needed or later was found in trixie"
    return 1
  fi
}

# setup_debian_archive SUITE: where apt gets that suite of Debian itself, as `URI FILE:PLACE`. Apt has
# read the entries, of either format, and the archive's signed word for what it is: a foreign
# repository may use the same suite and component names.
setup_debian_archive() {
  # shellcheck disable=SC2016 # apt-get puts the values in
  apt-get indextargets --format \
    '$(ORIGIN)|$(LABEL)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(SOURCESENTRY)' \
    'Created-By: Packages' 2>/dev/null \
    | awk -F '|' -v suite="$1" '$1 == "Debian" && $2 == "Debian" && $3 == suite && $4 == "main" {
        print $5, $6
        exit
      }'
}

# The machine's own entry for bookworm, with trixie in its place.
setup_next_entry() {
  local uri place file number
  read -r uri place < <(setup_debian_archive bookworm) || return 1
  file=${place%:*} number=${place##*:}
  printf '%s\n' "Types: deb" "URIs: $uri" "Suites: trixie" "Components: main"
  case $file in
    *.sources) setup_stanza_options "$file" "$number" ;;
    *) setup_line_options "$file" "$number" ;;
  esac
}

# What else stanza NUMBER of a .sources file says (Signed-By, which may hold a whole key).
setup_stanza_options() { # FILE NUMBER
  grep -v '^#' "$1" | awk -v number="$2" '
    /^[ \t]*$/ { inside = 0; next }
    !inside { inside = 1; stanza++ }
    stanza != number { next }
    /^[^ \t]/ { wanted = tolower($0) !~ /^(types|uris|suites|components|enabled|x-[^:]*):/ }
    wanted { print }'
}

# The options in brackets on line NUMBER of a .list file, as the fields of a .sources file.
setup_line_options() { # FILE NUMBER
  local option value
  sed -n "$2"'s/^[^[#]*\[\([^]]*\)\].*/\1/p' "$1" | tr ' ' '\n' | while IFS='=' read -r option value
  do
    case $option in
      arch) echo "Architectures: ${value//,/ }" ;;
      signed-by) echo "Signed-By: ${value//,/ }" ;;
      trusted) echo "Trusted: $value" ;;
      allow-insecure) echo "Allow-Insecure: $value" ;;
      check-valid-until) echo "Check-Valid-Until: $value" ;;
    esac
  done
}

# --- Starting and stopping ------------------------------------------------------------------------

# Starts an engine where none answers: by the service manager, or directly as root where there is
# none. Remembers what it started.
setup_engine_start() {
  if setup_engine_answers; then return 0; fi
  if setup_engine_is_elsewhere || ! setup_has dockerd; then return 1; fi
  if [ -d /run/systemd/system ]; then
    setup_say "Starting the engine's service"
    if ! setup_as_root systemctl start docker; then
      setup_engine_reason="its service could not be started"
      return 1
    fi
    setup_engine_started=service
    setup_engine_await 30 true
  elif setup_is_root; then
    setup_engine_log=$(mktemp "${TMPDIR:-/tmp}/piko-engine.XXXXXX.log")
    setup_say "Starting an engine (its log: $setup_engine_log)"
    # In a session of its own: Ctrl-C here must not end it before what runs in it is cleaned up.
    setsid dockerd >"$setup_engine_log" 2>&1 </dev/null &
    setup_engine_started=$!
    if setup_engine_await 30 kill -0 "$setup_engine_started"; then return 0; fi
    tail -n 5 "$setup_engine_log" >&2
    setup_engine_reason="the one that was started did not answer"
    setup_engine_stop
    return 1
  else
    setup_engine_reason="starting one needs root here"
    return 1
  fi
}

# setup_engine_await SECONDS ALIVE...: waits until it answers, as long as the command ALIVE succeeds.
setup_engine_await() {
  local end=$((SECONDS + $1))
  shift
  until setup_engine_answers; do
    if [ "$SECONDS" -ge "$end" ] || ! "$@" 2>/dev/null; then return 1; fi
    sleep 0.2
  done
}

# Stops what setup_engine_start started, and nothing else.
setup_engine_stop() {
  local started=$setup_engine_started tries
  setup_engine_started=
  case $started in
    '') ;;
    service) setup_as_root systemctl stop docker.socket docker.service || : ;;
    *)
      kill "$started" 2>/dev/null || :
      for ((tries = 0; tries < 150; tries++)); do
        kill -0 "$started" 2>/dev/null || break
        sleep 0.1
      done
      wait "$started" 2>/dev/null || :
      rm -f "$setup_engine_log"
      ;;
  esac
}
