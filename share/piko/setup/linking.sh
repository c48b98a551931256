# shellcheck shell=bash
# The programs as they are installed: small ones around one library of what they have in common.
# Sourced by install.sh, whose functions and variables these use.
# shellcheck disable=SC2154
#
# A program as SwiftPM links it carries a copy of every module it uses and loads the eleven libraries
# of the Swift runtime, which must find one another's symbols each time. Linked anew from the same
# object files, with those modules and the runtime in one library, thirty programs take a third of
# the room, and each begins in two thirds of the time (Tests/bench/results.txt).

# Links the programs of the build in $built; sets $built to the directory of those it made, and
# $libraries to their library.
linking_link() {
  local program
  for program in "${programs[@]}"; do
    [ -e "$built/$program.product/Objects.LinkFileList" ] \
      || setup_fail "there is no build of '$program' in '$built'"
  done
  linking_runtime=$(linking_runtime_directory)
  [ -n "$linking_runtime" ] || setup_fail "cannot find the Swift runtime libraries of this toolchain"
  linking_static=${linking_runtime/%\/swift\/linux//swift_static/linux}
  [ -e "$linking_static/libswiftCore.a" ] \
    || setup_fail "this toolchain has no static runtime libraries in '$linking_static'"
  linking_build=$built
  mapfile -t linking_archives < <(linking_list_archives)
  # What those archives need of others.
  linking_beside=(-l_FoundationCShims -l_FoundationCollections -lstdc++ -lm -ldl -lpthread)
  built=$built/installed
  rm -rf "$built"
  mkdir "$built"
  linking_library
  for program in "${programs[@]}"; do linking_program "$program"; done
  # shellcheck disable=SC2034 # install.sh's
  libraries=("$linking_file")
}

# Where the toolchain keeps its runtime libraries.
linking_runtime_directory() {
  local directory
  swift -print-target-info | tr -d '\n' \
    | sed -n 's/.*"runtimeLibraryPaths"[^[]*\[\([^]]*\)\].*/\1/p' | tr ',' '\n' \
    | sed 's/^[[:space:]]*"//; s/"[[:space:]]*$//; s|\\/|/|g' \
    | while IFS= read -r directory || [ -n "$directory" ]; do
    if [ -e "$directory/libswiftCore.so" ]; then
      readlink -f "$directory"
      break
    fi
  done
}

# linking_objects PROGRAM: the files it is linked from, one a line, quoted as a linker's list is.
linking_objects() { cat "$linking_build/$1.product/Objects.LinkFileList"; }

# linking_needs PROGRAM: the libraries that it loads itself.
linking_needs() {
  readelf -d "$linking_build/$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'
}

# The programs whose modules others have too: all but those that load libgit2, which takes longer
# to load than most verbs take to run.
linking_light_programs() {
  local program
  for program in "${programs[@]}"; do
    linking_needs "$program" | grep -q '^libgit2\.' || echo "$program"
  done
}

# Makes $linking_file of the object files that at least two programs have and of the runtime. What it
# is made of is in its name: programs of another build, which an upgrade meets running, keep theirs.
linking_library() {
  local program digest
  local -a light needs
  mapfile -t light < <(linking_light_programs)
  for program in "${light[@]}"; do linking_objects "$program"; done | sort | uniq -d \
    >"$built/common.objects"
  mapfile -t needs < <(
    for program in "${light[@]}"; do linking_system_libraries "$program"; done | sort -u
  )
  digest=$(
    { xargs cat <"$built/common.objects" && echo "$setup_swift_version ${needs[*]}"; } \
      | sha256sum | cut -c 1-12
  )
  linking_file=$built/libpiko-$digest.so
  # Two archives of the runtime have one and the same object file in them.
  linking_clang "$linking_file" -shared -Wl,--allow-multiple-definition \
    -Wl,-soname,"${linking_file##*/}" -Wl,-Bsymbolic "@$built/common.objects" \
    -L"$linking_static" -Wl,--whole-archive "${linking_archives[@]}" -Wl,--no-whole-archive \
    "${linking_beside[@]}" "${needs[@]}"
}

# The static form of the runtime libraries that any program loads, directly or through one another.
linking_list_archives() {
  local program library
  for program in "${programs[@]}"; do
    LD_LIBRARY_PATH=$linking_runtime ldd "$linking_build/$program"
  done | sed -n 's/.* => \(\/.*\) (0x.*/\1/p' | sort -u | while IFS= read -r library; do
    case $library in
      "$linking_runtime"/*)
        library=${library##*/}
        echo "-l:${library%.so}.a"
        ;;
    esac
  done
}

# linking_system_libraries PROGRAM: those that it loads and that are not the runtime's.
linking_system_libraries() {
  linking_needs "$1" | while IFS= read -r library; do
    case $library in
      libc.so.* | ld-linux-*) ;;
      *) [ -e "$linking_runtime/$library" ] || echo "-l:$library" ;;
    esac
  done
}

# linking_program PROGRAM: around the library; one that has nothing in common with the others, as the
# dispatcher has not, with what it needs of the runtime in itself: it begins the sooner.
linking_program() {
  local -a runtime=("$linking_file") needs
  mapfile -t needs < <(linking_system_libraries "$1")
  linking_objects "$1" | sort >"$built/objects"
  if [ -z "$(comm -12 "$built/objects" "$built/common.objects")" ]; then
    runtime=(-L"$linking_static" "${linking_archives[@]}" "${linking_beside[@]}")
  fi
  comm -23 "$built/objects" "$built/common.objects" >"$built/own.objects"
  # shellcheck disable=SC2016 # $ORIGIN is the dynamic linker's
  linking_clang "$built/$1" -pie "@$built/own.objects" "${runtime[@]}" "${needs[@]}" \
    -Wl,--defsym,main="${1//-/_}_main" \
    -Wl,-rpath,'$ORIGIN/../'"$libraries_folder" -Wl,--disable-new-dtags
}

# linking_clang FILE ARGUMENT...: links with the toolchain's own linker, for all its other ways.
linking_clang() {
  local file=$1
  shift
  "$linking_runtime/../../../bin/clang" -fuse-ld=lld -o "$file" \
    "$linking_static/$(uname -m)/swiftrt.o" -Wl,--as-needed -Wl,--gc-sections -Wl,-s "$@" >&2 \
    || setup_fail "cannot link '${file##*/}'"
}
