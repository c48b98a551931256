#pragma once

// What the C library has and its Swift module does not show everywhere.

#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/ioctl.h>

#ifdef __linux__
// glibc 2.29 and later have it; the header of 2.36 shows it only with _GNU_SOURCE.
extern int posix_spawn_file_actions_addchdir_np(
    posix_spawn_file_actions_t *actions, const char *path);
#endif

/// Starts the child in `path`.
static inline int piko_spawn_in_directory(
    posix_spawn_file_actions_t *actions, const char *path) {
  return posix_spawn_file_actions_addchdir_np(actions, path);
}

/// The width of the terminal behind a descriptor in columns; 0 where it is none.
static inline int piko_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// Waits until something can be read from a descriptor, with no signal blocked meanwhile: a positive
/// number then, a negative one after a signal.
static inline int piko_wait_for_input(int descriptor) {
  fd_set readable;
  sigset_t none;
  FD_ZERO(&readable);
  FD_SET(descriptor, &readable);
  sigemptyset(&none);
  return pselect(descriptor + 1, &readable, NULL, NULL, NULL, &none);
}
