#pragma once
#include <git2.h>
#include <git2/sys/repository.h>

#if LIBGIT2_VER_MAJOR < 1 || (LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 5)
#error "piko needs libgit2 1.5 or later"
#endif

// git_libgit2_opts takes a variable list of arguments, which Swift cannot call.
static inline int piko_git_trust_object_names(void) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
}
