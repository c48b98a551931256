#!/usr/bin/env bash
# Builds piko and installs it below a prefix, with the Swift runtime in a library of its own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=share/piko/setup/packages.sh
. "$here/share/piko/setup/packages.sh"
# shellcheck source=share/piko/setup/engine.sh
. "$here/share/piko/setup/engine.sh"
# shellcheck source=share/piko/setup/demo.sh
. "$here/share/piko/setup/demo.sh"
# shellcheck source=share/piko/setup/linking.sh
. "$here/share/piko/setup/linking.sh"
# shellcheck source=share/piko/setup/archives.sh
. "$here/share/piko/setup/archives.sh"

usage() {
  cat <<USAGE
usage: ./install.sh [--prefix DIR] [--demo] [--built DIR] [--yes]
       ./install.sh --uninstall [--prefix DIR]
       ./install.sh --tarball | --deb [--built DIR] [--yes]

    --prefix DIR   install below DIR (default: \$PREFIX, else /usr/local as root, else ~/.local)
    --demo         then show piko at work, in a temporary copy of an example project
    --yes          install missing packages without asking
    --built DIR    take a build that is there, by SwiftPM, instead of building
    --uninstall    remove what an earlier installation below the prefix put there
    --tarball      make an archive to unpack anywhere, in this directory; install nothing
    --deb          make a Debian package in this directory; install nothing
    --help         show this text

Needs Swift 6.2 or later; what else is missing is installed by apt, after asking (not as root, nor
with CI set). DESTDIR is honoured: files go below \$DESTDIR\$PREFIX.
USAGE
}

usage_error() {
  printf 'error: %s\n' "$1" >&2
  usage >&2
  exit 129
}

prefix=${PREFIX-}
demo=''
action=install
built=''
setup_yes=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -ge 2 ] || usage_error "option '--prefix' needs a directory"
      prefix=$2
      shift
      ;;
    --prefix=*) prefix=${1#*=} ;;
    --demo) demo=1 ;;
    --yes | -y) setup_yes=1 ;;
    --built)
      [ $# -ge 2 ] || usage_error "option '--built' needs a directory"
      built=$2
      shift
      ;;
    --built=*) built=${1#*=} ;;
    --uninstall | --tarball | --deb) action=${1#--} ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) usage_error "unknown argument '$1'" ;;
  esac
  shift
done
if [ -z "$prefix" ]; then
  if setup_is_root; then prefix=/usr/local; else prefix=${HOME:?HOME is not set}/.local; fi
fi
case $prefix in
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac
prefix=${prefix%/}
root=${DESTDIR-}$prefix # where files go now; they will be looked for in $prefix
manifest=share/piko/install-manifest
libraries_folder=lib/piko

# --- Building -------------------------------------------------------------------------------------

# A folder of its own: neither a debug build nor this one makes the other start again.
build() {
  local arguments=(
    --package-path "$here" --scratch-path "$here/.build-install" -c release
    -Xlinker -s -Xswiftc -Osize
  )
  setup_say "Building (the first time takes some minutes)"
  swift build "${arguments[@]}" >&2 || setup_fail "the build failed"
  built=$(swift build "${arguments[@]}" --show-bin-path)
}

# The programs are the folders of that name: no list to keep, nothing left over from older builds.
list_programs() {
  local folder
  for folder in "$here/Sources/piko" "$here/Sources/git-piko" "$here"/Sources/piko-*; do
    programs+=("${folder##*/}")
  done
}

# --- Putting files in place -----------------------------------------------------------------------

# put MODE SOURCE TARGET: TARGET is below the prefix. A rename, so that a program that runs keeps its
# old file and no program ever sees half of one.
put() {
  local target=$root/$3
  make_directory "$(dirname "$3")"
  note "$3"
  install -m "$1" "$2" "$target.new.$$"
  mv -fT "$target.new.$$" "$target" || {
    rm -f "$target.new.$$"
    setup_fail "cannot put '$target' in place"
  }
  written+=("$3")
}

# Makes a directory below the prefix and remembers those that were not there.
make_directory() {
  local path=$1
  [ ! -d "$root/$path" ] || return 0
  case $path in */*) make_directory "${path%/*}" ;; esac
  note "$path/"
  mkdir "$root/$path"
  made+=("$path")
}

# Adds what is about to be made to the manifest, so that an installation that is cut off can be removed.
note() {
  [ ! -e "$root/$manifest" ] || printf '%s\n' "$1" >>"$root/$manifest"
}

install_files() {
  local program library page file folder
  written=() made=()
  read_manifest
  if [ ! -d "$root" ]; then
    mkdir -p "$root" || setup_fail "cannot make '$root'"
    made+=(.)
  fi
  [ -w "$root" ] \
    || setup_fail "cannot write to '$root'" "run './install.sh --prefix DIR' with a DIR of yours"
  make_directory "$(dirname "$manifest")"
  [ -e "$root/$manifest" ] \
    || printf '%s/\n' ${made[@]+"${made[@]}"} | sed '/^\/$/d' >"$root/$manifest"
  note "$manifest"

  # Libraries first: a new program needs the new one.
  for library in "${libraries[@]}"; do
    put 644 "$library" "$libraries_folder/${library##*/}"
  done
  for page in "$here"/man/*.[1-9]; do
    if [ -e "$page" ]; then put 644 "$page" "share/man/man${page##*.}/${page##*/}"; fi
  done
  # All but the functions of this script, which are of no use without the sources.
  while IFS= read -r file; do
    folder=${file#"$here/"}
    if [ -x "$file" ]; then put 755 "$file" "$folder"; else put 644 "$file" "$folder"; fi
  done < <(find "$here/share" -path "$here/share/piko/setup" -prune -o -type f -print | sort)
  for program in "${programs[@]}"; do put 755 "$built/$program" "bin/$program"; done
  write_manifest
}

# --- The manifest: what an installation put below the prefix ---------------------------------------

# One path a line, relative to the prefix; directories that were made end with a slash.
read_manifest() {
  local path
  old_files=() old_directories=()
  [ -e "$root/$manifest" ] || return 0
  while IFS= read -r path; do
    case /$path/ in
      */../* | //?*) setup_fail "'$root/$manifest' names '$path', which is not below the prefix" ;;
    esac
    case $path in
      '' | '#'*) ;;
      */) old_directories+=("${path%/}") ;;
      *) old_files+=("$path") ;;
    esac
  done <"$root/$manifest"
}

write_manifest() {
  local new path
  # What the last version had and this one has not.
  for path in ${old_files[@]+"${old_files[@]}"}; do
    if [ "$path" != "$manifest" ] && ! contains "$path" "${written[@]}"; then
      rm -f "${root:?}/$path"
    fi
  done
  new=$(mktemp "${TMPDIR:-/tmp}/piko-install.XXXXXX")
  make_directory "$(dirname "$manifest")"
  {
    echo "# What install.sh put below this prefix; 'install.sh --uninstall' removes these."
    printf '%s\n' "${written[@]}" "$manifest" | sort -u
    printf '%s/\n' ${made[@]+"${made[@]}"} ${old_directories[@]+"${old_directories[@]}"} \
      | sed '/^\/$/d' | sort -u
  } >"$new"
  put 644 "$new" "$manifest"
  rm -f "$new"
}

contains() { # WORD WORD...
  local wanted=$1 word
  shift
  for word in "$@"; do [ "$word" != "$wanted" ] || return 0; done
  return 1
}

remove_files() {
  local path
  [ -e "$root/$manifest" ] \
    || setup_fail "cannot uninstall: there is no '$root/$manifest'" \
      "run './install.sh --uninstall --prefix DIR' with the DIR it was installed below"
  read_manifest
  for path in ${old_files[@]+"${old_files[@]}"}; do
    # A directory there is somebody else's, which stopped an installation.
    if [ -L "$root/$path" ] || [ ! -d "$root/$path" ]; then rm -f "${root:?}/$path"; fi
  done
  # The longest first, so that each is empty when its turn comes; others' files keep theirs.
  [ ${#old_directories[@]} -eq 0 ] || printf '%s\n' "${old_directories[@]}" | LC_ALL=C sort -r \
    | while IFS= read -r path; do
    if [ "$path" = . ]; then path=''; fi
    rmdir "$root/$path" 2>/dev/null || :
  done
  setup_say "✓ Removed piko from $root (environments, their data and piko's state are untouched)"
}

# --- Reporting ------------------------------------------------------------------------------------

report() {
  local path bytes=0 size
  for path in "${written[@]}"; do
    size=$(stat -c %s "$root/$path")
    bytes=$((bytes + size))
  done
  setup_say "✓ Installed $("$root/bin/piko" --version) to $root ($((bytes / 1000000)) MB)"
  [ "$bytes" -le 120000000 ] \
    || setup_say "warning: the installation is larger than 120 MB"
  case :$PATH: in
    *":$prefix/bin:"*) ;;
    *)
      setup_say "$prefix/bin is not on your PATH; add this line to your shell's start file:"
      setup_say "    export PATH=\"$prefix/bin:\$PATH\""
      ;;
  esac
}

# --------------------------------------------------------------------------------------------------

if [ "$action" = uninstall ]; then
  remove_files
  exit 0
fi
programs=()
list_programs
setup_require_swift
if [ -z "$built" ]; then
  setup_require "to build piko" build
  build
else
  setup_require "to link another build's programs" link
fi
linking_link
case $action in
  tarball) archives_tarball ;;
  deb) archives_deb ;;
  install)
    setup_want "to run piko" run
    install_files
    report
    if [ -n "$demo" ]; then demo_run "$root/bin" "$here/share/piko/examples"; fi
    ;;
esac
