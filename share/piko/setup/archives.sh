# shellcheck shell=bash
# What can be carried to another machine: an archive to unpack anywhere, and a Debian package.
# Sourced by install.sh, whose functions and variables these use.
# shellcheck disable=SC2154

# Makes a directory for what is gathered, which goes when the script ends.
archives_begin() {
  archives_directory=$(mktemp -d "${TMPDIR:-/tmp}/piko-archive.XXXXXX")
  trap 'rm -rf "$archives_directory"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

archives_version() { "$root/bin/piko" --version | sed 's/^piko //'; }

# archives_finish FILE: puts a finished archive into the directory that this was typed in.
archives_finish() {
  mv -f "$archives_directory/${1##*/}" "$1"
  setup_say "✓ Made ${1##*/} ($(($(stat -c %s "$1") / 1000000)) MB)"
  printf '%s\n' "$1"
}

# --- An archive to unpack anywhere ----------------------------------------------------------------

# The libraries that the programs load from this system, but for the C library's own: those are the
# one thing that every Linux system has.
archives_system_libraries() {
  local program
  for program in "${programs[@]}"; do
    LD_LIBRARY_PATH=$built ldd "$built/$program"
  done | sed -n 's/.* => \(\/.*\) (0x.*/\1/p' | sort -u | while IFS= read -r library; do
    case $library in
      "$built"/*) ;;
      */libc.so.* | */libm.so.* | */libdl.so.* | */libpthread.so.* | */librt.so.* | \
        */libresolv.so.* | */libutil.so.*) ;;
      *) echo "$library" ;;
    esac
  done
}

# The terms under which the libraries that come along may be passed on.
archives_licences() {
  local library package
  for library in "$@"; do
    package=$(dpkg -S "$(readlink -f "$library")" 2>/dev/null | sed -n '1s/:.*//p') || :
    [ -z "$package" ] || [ ! -e "/usr/share/doc/$package/copyright" ] \
      || put 644 "/usr/share/doc/$package/copyright" "share/doc/piko/licences/$package"
  done
  library=$linking_runtime/../../../share/swift/LICENSE.txt
  [ ! -e "$library" ] || put 644 "$library" share/doc/piko/licences/swift
  put 644 "$here/LICENSE" share/doc/piko/LICENSE
}

archives_tarball() {
  local name
  local -a others
  archives_begin
  root=$archives_directory/tree
  mapfile -t others < <(archives_system_libraries)
  libraries+=("${others[@]}")
  install_files
  archives_licences "${others[@]}"
  rm "$root/$manifest"
  name=piko-$(archives_version)-linux-$(uname -m)
  mv "$root" "$archives_directory/$name"
  tar -C "$archives_directory" --owner=0 --group=0 --numeric-owner --sort=name \
    -czf "$archives_directory/$name.tar.gz" "$name"
  archives_finish "$PWD/$name.tar.gz"
}

# --- A Debian package -----------------------------------------------------------------------------

archives_deb() {
  local version architecture name file
  setup_require "to make a package" package
  archives_begin
  root=$archives_directory/tree/usr
  install_files
  version=$(archives_version)
  architecture=$(dpkg --print-architecture)
  name=piko_${version}_$architecture
  rm "$root/$manifest"
  # Where Debian's zsh looks for what packages bring.
  mkdir -p "$root/share/zsh/vendor-completions"
  mv "$root"/share/zsh/site-functions/_* "$root/share/zsh/vendor-completions/"
  rmdir "$root/share/zsh/site-functions"
  put 644 "$here/LICENSE" share/doc/piko/copyright
  archives_changelog "$version" | gzip -9n >"$root/share/doc/piko/changelog.gz"
  for file in "$root"/share/man/man*/*; do gzip -9n "$file"; done
  find "$root" -type d -exec chmod 755 {} +
  chmod 644 "$root/share/doc/piko/changelog.gz"
  mkdir "$archives_directory/tree/DEBIAN"
  archives_control "$version" "$architecture" >"$archives_directory/tree/DEBIAN/control"
  (cd "$archives_directory/tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) \
    >"$archives_directory/tree/DEBIAN/md5sums"
  dpkg-deb --root-owner-group --build "$archives_directory/tree" \
    "$archives_directory/$name.deb" >/dev/null
  archives_finish "$PWD/$name.deb"
}

# Who packages, as Debian's own tools find it out.
archives_maintainer() {
  local name email
  name=${DEBFULLNAME-$(git config user.name || :)}
  email=${DEBEMAIL-$(git config user.email || :)}
  printf '%s <%s>\n' "${name:-unknown}" "${email:-unknown@example.org}"
}

archives_changelog() { # VERSION
  local date
  date=$(date -R -u -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y "$here/Package.swift")}")
  cat <<CHANGELOG
piko ($1) unstable; urgency=medium

  * Packaged from its sources by 'install.sh --deb'.

 -- $(archives_maintainer)  $date
CHANGELOG
}

archives_control() { # VERSION ARCHITECTURE
  cat <<CONTROL
Package: piko
Version: $1
Architecture: $2
Maintainer: $(archives_maintainer)
Installed-Size: $(du -sk --apparent-size "$root" | cut -f 1)
Depends: git, $(archives_dependencies)
Recommends: docker.io | docker-ce, docker-compose-v2 | docker-compose-plugin | docker-compose (>= 2.24.4), tmux
Suggests: fzf
Section: vcs
Priority: optional
Description: running copy of a project for every git branch
 piko gives every branch of a git repository its own running copy of the
 project: a worktree, its containers, its ports and its data, made by one
 command and removed by another, without one edit to the project.
CONTROL
}

# The packages of the libraries that the programs load, with the versions that have what they use.
archives_dependencies() {
  local program arguments=()
  mkdir -p "$archives_directory/source/debian"
  printf 'Source: piko\n\nPackage: piko\nArchitecture: any\n' \
    >"$archives_directory/source/debian/control"
  for program in "${programs[@]}"; do arguments+=("-e$root/bin/$program"); done
  for program in "${libraries[@]}"; do arguments+=("-e$root/$libraries_folder/${program##*/}"); done
  (cd "$archives_directory/source" && dpkg-shlibdeps -O --ignore-missing-info \
    "-l$root/$libraries_folder" "${arguments[@]}" 2>"$archives_directory/shlibdeps.log") \
    | sed -n 's/^shlibs:Depends=//p'
}
