// SQLite's files in this program: those of a Folder, in memory. Users: main, before any database is opened.
// Threads: as SQLite wants it. It keeps no locks: a folder has one process, and each of its databases one
// connection.
#pragma once

namespace pannier::simulation {

// From now on the default of every connection; once.
void use_memory_files();

}  // namespace pannier::simulation
