#pragma once
#include <git2.h>
#include <git2/sys/repository.h>

#if LIBGIT2_VER_MAJOR < 1 || (LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 5)
#error "piko needs libgit2 1.5 or later"
#endif

// git_libgit2_opts takes a variable list of arguments, which Swift cannot call.

/// Keeps packs from being mapped whole: what is mapped counts as memory.
static inline int piko_git_limit_mapping(size_t window, size_t all) {
  int code = git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, window);
  return code < 0 ? code : git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, all);
}

/// Has objects not hashed again as they are read.
static inline int piko_git_trust_object_names(void) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
}
