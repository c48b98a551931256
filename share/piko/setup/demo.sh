# shellcheck shell=bash
# Shows piko's main job in a temporary copy of an example project: two environments side by side.
# Sourced after packages.sh and engine.sh by install.sh.

demo_image=piko-demo-busybox:1
demo_directory= # all that the demo makes in the file system is below it
demo_root=      # the example project
demo_servers=() # process ids
demo_image_made=

# demo_run PROGRAMS EXAMPLES: the folders of the installed programs and of the example projects.
demo_run() {
  local example=web
  trap demo_end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  demo_directory=$(mktemp -d "${TMPDIR:-/tmp}/piko-demo.XXXXXX")
  demo_directory=$(cd "$demo_directory" && pwd -P) # as piko will name it

  # What the user has of piko's, and a project this may be started in, stay out of it.
  PATH=$1:$PATH
  export PATH PIKO_STATE_HOME=$demo_directory/state TMUX_TMPDIR=$demo_directory
  export XDG_CONFIG_HOME=$demo_directory/config
  mkdir "$PIKO_STATE_HOME"
  unset TMUX PIKO_ENV_NAME PIKO_ENV_PATH PIKO_ROOT PIKO_PROJECT PIKO_BRANCH
  unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES
  unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

  setup_say ""
  if ! demo_engine; then
    setup_say "No container engine ($setup_engine_reason): using the example without containers"
    example=no-containers
  else
    setup_say "A container engine answers: using the Compose example"
  fi
  demo_project "$2/$example"

  demo_show piko create red --no-attach --yes
  demo_show piko create blue --no-attach --yes
  if [ "$example" = no-containers ]; then
    demo_serve red
    demo_serve blue
  fi
  demo_show piko list
  demo_show piko ports red
  demo_show piko ports blue
  demo_visit red "$example"
  demo_visit blue "$example"
  # Each has data of its own: the second visit to red leaves blue's count alone.
  [ "$example" = no-containers ] || demo_visit red "$example" 2
  demo_stop_servers
  demo_show piko destroy red blue --volumes
  demo_show piko list
  demo_check_gone
  setup_say ""
  setup_say "✓ Two environments ran side by side, each on its own port, and left nothing behind"
}

# An engine that answers, installed and started where that is possible.
demo_engine() {
  if ! setup_engine_ready; then
    setup_engine_install && setup_engine_start && setup_engine_ready || return 1
  fi
  setup_want "to make the example's image" image
  if ! setup_is_present static busybox; then
    setup_engine_reason="one answers, but there is no static busybox to make an image of"
    return 1
  fi
}

# A git repository made of an example, with a name that nothing else in the engine has.
demo_project() { # EXAMPLE
  demo_root=$demo_directory/demo-$$
  cp -R "$1" "$demo_root"
  if [ -e "$demo_root/.env" ]; then
    demo_make_image
    echo "BASE_IMAGE=$demo_image" >"$demo_root/.env"
  elif ! setup_has busybox && ! setup_has python3; then
    setup_require "to serve the example's page" image
  fi
  cd "$demo_root" || exit
  git -c init.defaultBranch=main init --quiet
  git add --all
  git -c user.name=demo -c user.email=demo@localhost -c commit.gpgSign=false \
    -c core.hooksPath=/dev/null commit --quiet --message "Start from piko's example"
}

# An image of the system's own busybox: no registry is asked.
demo_make_image() {
  local files=$demo_directory/image applet
  if docker image inspect "$demo_image" >/dev/null 2>&1; then return 0; fi
  mkdir -p "$files/bin" "$files/tmp" "$files/data"
  cp "$(command -v busybox)" "$files/bin/busybox"
  for applet in $(busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$files/bin/$applet"
  done
  tar -C "$files" -cf - . | docker import - "$demo_image" >/dev/null
  demo_image_made=1
}

# Shows a command as it would be typed, then runs it.
demo_show() {
  setup_say ""
  setup_say "\$ $*"
  "$@" >&2 || setup_fail "the demonstration failed: '$*' ended with status $?"
}

# --- The page -------------------------------------------------------------------------------------

demo_port() { # NAME
  local port
  port=$(piko ports "$1" --env | sed -n 's/^WEB_PORT=//p')
  [ -n "$port" ] || setup_fail "'piko ports $1 --env' names no WEB_PORT"
  echo "$port"
}

# demo_get PORT: the page at 127.0.0.1, asked for by the shell itself.
demo_get() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  timeout 10 bash -c '
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
    printf "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3
    cat <&3' get "$1" 2>/dev/null
}

# demo_visit NAME EXAMPLE [COUNT]: shows the environment's page and checks that it is its own.
demo_visit() {
  local port page wanted
  port=$(demo_port "$1")
  page=$(demo_get "$port") || setup_fail "nothing answers on port $port of '$1'"
  case $2 in
    web) wanted="<title>$1: visit ${3-1}</title>" ;;
    *) wanted="<h1>Hello from branch $1</h1>" ;;
  esac
  setup_say ""
  setup_say "http://localhost:$port answers:"
  case $page in
    *"$wanted"*) setup_say "    $wanted" ;;
    *) setup_fail "port $port of '$1' does not answer '$wanted'" ;;
  esac
}

# Changes the page on the environment's branch and serves it from there.
demo_serve() { # NAME
  local port path tries
  port=$(demo_port "$1")
  path=$(piko path "$1")
  sed "s/Hello from the main branch/Hello from branch $1/" "$path/public/index.html" \
    >"$demo_directory/page"
  cat "$demo_directory/page" >"$path/public/index.html"
  git -C "$path" -c user.name=demo -c user.email=demo@localhost -c commit.gpgSign=false \
    -c core.hooksPath=/dev/null commit --quiet --all --message "Greet from $1"
  # Where piko opened the session's window, that serves already.
  for tries in 1 2 3 4 5; do
    if demo_get "$port" >/dev/null; then return 0; fi
    sleep 0.2
  done
  setup_say ""
  # shellcheck disable=SC2016 # typed so by a user
  setup_say '$ '"piko env $1 -- sh -c"' '\''cd "$PIKO_ENV_PATH" && exec ./serve'\'' &'
  # shellcheck disable=SC2016
  piko env "$1" -- sh -c 'cd "$PIKO_ENV_PATH" && exec ./serve' >&2 2>/dev/null </dev/null &
  demo_servers+=($!)
  for ((tries = 0; tries < 50; tries++)); do
    if demo_get "$port" >/dev/null; then return 0; fi
    kill -0 "${demo_servers[-1]}" 2>/dev/null || break
    sleep 0.2
  done
  setup_fail "the page of '$1' is not served on port $port"
}

demo_stop_servers() {
  local server
  for server in ${demo_servers[@]+"${demo_servers[@]}"}; do
    kill "$server" 2>/dev/null || :
    wait "$server" 2>/dev/null || :
  done
  demo_servers=()
}

# --- The end --------------------------------------------------------------------------------------

# What of the demo is in the engine, as `KIND ID`.
demo_engine_objects() {
  local label=label=dev.piko.root=$demo_root
  docker ps --all --quiet --filter "$label" | sed 's/^/container /'
  docker network ls --quiet --filter "$label" | sed 's/^/network /'
  docker volume ls --quiet --filter "$label" | sed 's/^/volume /'
}

demo_check_gone() {
  local left
  left=$(piko list -q)
  [ -z "$left" ] || setup_fail "an environment was left: $left"
  left=$(git worktree list --porcelain | grep -c '^worktree ')
  [ "$left" = 1 ] || setup_fail "a worktree was left"
  [ -e "$demo_root/.env" ] || return 0
  left=$(demo_engine_objects)
  [ -z "$left" ] || setup_fail "left in the engine: $left"
}

# Removes all that the demo made, whatever happened before, and stops an engine that it started.
demo_end() {
  local status=$? kind id
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  demo_stop_servers
  if [ -d "$demo_root" ]; then
    if [ "$status" -ne 0 ]; then
      cd "$demo_root" && piko destroy red blue --volumes --force >/dev/null 2>&1
    fi
    if [ -e "$demo_root/.env" ]; then
      # The label carries the temporary path: these can be nobody else's.
      demo_engine_objects | while read -r kind id; do
        docker "$kind" rm --force "$id" >/dev/null 2>&1
      done
      for id in red blue; do
        docker images --quiet --filter "label=com.docker.compose.project=piko-demo-$$-$id"
      done | sort -u | xargs -r docker rmi --force >/dev/null 2>&1
    fi
  fi
  [ -z "$demo_image_made" ] || docker rmi "$demo_image" >/dev/null 2>&1
  # The terminal server of this directory alone, never the user's.
  if [ -S "$demo_directory/tmux-$(id -u)/default" ]; then
    tmux -S "$demo_directory/tmux-$(id -u)/default" kill-server 2>/dev/null
  fi
  setup_engine_stop
  cd /
  [ -z "$demo_directory" ] || rm -rf "$demo_directory"
  exit "$status"
}
