#pragma once
#include <sqlite3.h>

#if SQLITE_VERSION_NUMBER < 3037000
#error "piko needs SQLite 3.37 or later"
#endif

/* SQLITE_TRANSIENT is a cast of -1 to a function pointer, which Swift cannot import. */
static inline int piko_sqlite3_bind_copy(
    sqlite3_stmt *statement, int index, const char *bytes, int count) {
  return sqlite3_bind_text(statement, index, bytes, count, SQLITE_TRANSIENT);
}
