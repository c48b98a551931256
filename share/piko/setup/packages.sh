# shellcheck shell=bash
# What piko needs from the system's package manager: finds what is missing and installs it.
# Sourced by install.sh and Tests/run. Written for apt (Debian 12 and Ubuntu 24.04, or later); on
# other systems it names what is missing and stops.
#
# Set before use: setup_yes=1 where no question shall be asked.

setup_say() { printf '%s\n' "$*" >&2; }

# setup_fail MESSAGE [HINT]...: ends the script.
setup_fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf 'hint: %s\n' "$@" >&2
  exit 1
}

setup_has() { command -v "$1" >/dev/null 2>&1; }

setup_is_root() { [ "$(id -u)" -eq 0 ]; }

# Runs a command as root; without a terminal sudo must not ask for a password.
setup_as_root() {
  if setup_is_root; then
    "$@"
  elif ! setup_has sudo; then
    setup_say "error: '$1' needs root, and there is no sudo"
    return 1
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# setup_consent QUESTION: whether to go on. Root, CI and --yes have said so already.
setup_consent() {
  if [ "${setup_yes-}" = 1 ] || [ -n "${CI-}" ] || setup_is_root; then return 0; fi
  if [ ! -t 0 ]; then
    setup_say "There is no terminal to ask on: say --yes to agree."
    return 1
  fi
  local answer
  printf '%s [Y/n] ' "$1" >&2
  read -r answer || return 1
  case $answer in '' | [Yy]*) return 0 ;; *) return 1 ;; esac
}

# --- What is needed -------------------------------------------------------------------------------

# setup_requirements PURPOSE: one line for each need: package, how to look for it, what to look for.
# Looking for the thing, not for the package, accepts what was installed in another way.
setup_requirements() {
  case $1 in
    build)
      echo "git command git"
      echo "ca-certificates certificates -"
      echo "pkg-config command pkg-config"
      echo "binutils command ld"
      echo "libc6-dev header stdio.h"
      echo "$(setup_compiler_package libgcc-%s-dev) compiler crtbeginS.o"
      echo "$(setup_compiler_package libstdc++-%s-dev) compiler libstdc++.so"
      echo "libgit2-dev module libgit2"
      echo "libsqlite3-dev module sqlite3"
      echo "libyaml-dev module yaml-0.1"
      ;;
    run)
      echo "git command git"
      echo "tmux command tmux"
      ;;
    test)
      echo "btrfs-progs file /usr/sbin/mkfs.btrfs"
      echo "busybox-static static busybox"
      echo "chromium-headless-shell browser -"
      echo "curl command curl"
      echo "dpkg-dev command dpkg-shlibdeps"
      echo "fish command fish"
      echo "fzf command fzf"
      echo "iproute2 command ip"
      echo "jq command jq"
      echo "lintian command lintian"
      echo "make command make"
      echo "mandoc command mandoc"
      echo "shellcheck command shellcheck"
      echo "sqlite3 command sqlite3"
      echo "tmux command tmux"
      echo "man-db command man"
      echo "perl-base command perl"
      echo "postgresql file /usr/lib/postgresql/*/bin/initdb"
      echo "zsh command zsh"
      ;;
    link)
      echo "binutils command readelf"
      echo "libc6-dev header stdio.h"
      echo "libgit2-dev module libgit2"
      echo "libsqlite3-dev module sqlite3"
      echo "libyaml-dev module yaml-0.1"
      ;;
    package)
      echo "dpkg-dev command dpkg-shlibdeps"
      ;;
    image)
      echo "busybox-static static busybox"
      ;;
  esac
}

# Which C and C++ support files the toolchain's clang will pick: it takes the newest compiler
# directory there is, with or without C++ headers; without any, the distribution's default.
setup_compiler_package() {
  local newest
  newest=$(setup_compiler_directories | tail -n 1)
  newest=${newest##*/}
  if [ -z "$newest" ] && setup_has apt-cache; then
    newest=$(apt-cache depends g++ 2>/dev/null | sed -n 's/.*Depends: g++-\([0-9]*\)$/\1/p')
  fi
  # shellcheck disable=SC2059  # the format is this file's own
  printf "$1" "${newest:-12}"
}

setup_compiler_directories() {
  local directory
  for directory in /usr/lib/gcc/*-linux-gnu*/[0-9]*; do
    if [ -d "$directory" ]; then echo "$directory"; fi
  done | sort -V
}

setup_is_present() { # HOW WHAT
  local directory
  case $1 in
    command) setup_has "$2" ;;
    header) echo "#include <$2>" | setup_preprocess ;;
    module) setup_has pkg-config && pkg-config --exists "$2" ;;
    compiler)
      directory=$(setup_compiler_directories | tail -n 1)
      [ -n "$directory" ] && [ -e "$directory/$2" ]
      ;;
    certificates)
      [ -s /etc/ssl/certs/ca-certificates.crt ] || [ -s /etc/pki/tls/certs/ca-bundle.crt ] \
        || [ -n "${SSL_CERT_FILE-}${GIT_SSL_CAINFO-}" ]
      ;;
    browser) setup_has chromium-headless-shell || setup_has chromium || setup_has google-chrome ;;
    file) compgen -G "$2" >/dev/null ;;
    static) # an image is made of this one file, so it must need no other
      setup_has "$2" && ! ldd "$(command -v "$2")" >/dev/null 2>&1
      ;;
  esac
}

setup_preprocess() {
  if setup_has clang; then
    clang -E -x c - >/dev/null 2>&1
  else
    cat >/dev/null
    [ -e /usr/include/stdio.h ]
  fi
}

# setup_missing PURPOSE...: the packages to install, one a line, each once.
setup_missing() {
  local purpose package how what
  for purpose in "$@"; do
    setup_requirements "$purpose" | while read -r package how what; do
      setup_is_present "$how" "$what" || echo "$package"
    done
  done | sort -u
}

# The packages of the libraries without which the Swift toolchain itself does not start.
setup_missing_for_swift() {
  local folder program
  folder=$(dirname "$(readlink -f "$(command -v swift)")")
  for program in swift-frontend swift-driver swift-build swift-package clang lld; do
    [ -x "$folder/$program" ] || continue
    ldd "$folder/$program" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found$/\1/p'
  done | sort -u | while read -r library; do
    case $library in
      libcurl.so.4) echo libcurl4 ;;
      libedit.so.2) echo libedit2 ;;
      libncurses.so.6 | libncursesw.so.6) echo libncurses6 ;;
      libsqlite3.so.0) echo libsqlite3-0 ;;
      libstdc++.so.6) echo libstdc++6 ;;
      libtinfo.so.6) echo libtinfo6 ;;
      libuuid.so.1) echo libuuid1 ;;
      libxml2.so.2) echo libxml2 ;;
      libz.so.1) echo zlib1g ;;
    esac
  done
}

# --- Installing -----------------------------------------------------------------------------------

setup_apt() {
  setup_as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"
}

# Fetches the package lists, once a run.
setup_refresh() {
  [ -z "${setup_refreshed-}" ] || return 0
  setup_say "Fetching the package lists"
  setup_apt update -q=2 >&2 || setup_say "warning: could not fetch all package lists"
  setup_refreshed=1
}

# setup_install REASON PACKAGE...: asks, then installs.
#
# Status 1 where the answer was no or apt failed; the caller decides whether that is the end.
setup_install() {
  local reason=$1
  shift
  [ $# -gt 0 ] || return 0
  if ! setup_has apt-get; then
    setup_say "Missing $reason: $*"
    setup_say "These are Debian's names; this system has no apt-get: install them its own way."
    return 1
  fi
  setup_say "Missing $reason: $*"
  setup_consent "Install with apt-get?" || return 1
  setup_refresh
  setup_apt install -y -q=2 --no-install-recommends "$@" >&2
}

# setup_require REASON PURPOSE...: installs what is missing, or ends the script.
setup_require() {
  local reason=$1 missing
  shift
  mapfile -t missing < <(setup_missing "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  # The default compiler's version is known only once there are lists.
  if setup_has apt-get && [ -z "$(apt-cache depends g++ 2>/dev/null)" ]; then
    setup_refresh
    mapfile -t missing < <(setup_missing "$@")
  fi
  setup_install "$reason" "${missing[@]}" || setup_fail_without "${missing[@]}"
  mapfile -t missing < <(setup_missing "$@")
  [ ${#missing[@]} -eq 0 ] \
    || setup_fail "installed, but still not found: ${missing[*]}"
}

setup_fail_without() {
  local hint=("run 'sudo apt-get install $*', then this again")
  setup_has apt-get || hint=()
  setup_fail "cannot go on without $*" ${hint[@]+"${hint[@]}"}
}

# setup_want REASON PURPOSE...: installs what is missing where it may; goes on without it otherwise.
setup_want() {
  local reason=$1 missing
  shift
  mapfile -t missing < <(setup_missing "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  setup_install "$reason" "${missing[@]}" || setup_say "Going on without ${missing[*]}"
}

# --- The Swift toolchain --------------------------------------------------------------------------

# Ends the script unless a Swift toolchain of version 6.2 or later works here; sets
# setup_swift_version.
setup_require_swift() {
  local get="get Swift 6.2 or later from https://www.swift.org/install/linux/, then put it on PATH"
  local version libraries
  setup_has swift || setup_fail "cannot find 'swift' on PATH" "$get"
  mapfile -t libraries < <(setup_missing_for_swift)
  if [ ${#libraries[@]} -gt 0 ]; then
    setup_install "for the Swift toolchain" "${libraries[@]}" \
      || setup_fail_without "${libraries[@]}"
  fi
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p') || :
  [ -n "$version" ] || setup_fail "'swift --version' does not work" "$get"
  setup_version_at_least 6.2 "$version" \
    || setup_fail "Swift $version is too old: piko needs 6.2 or later" "$get"
  # shellcheck disable=SC2034 # for the scripts that source this
  setup_swift_version=$version
  setup_say "✓ Found Swift $version"
}

# setup_version_at_least WANTED ACTUAL
setup_version_at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}
