#include "simulation/vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "simulation/folder.h"

namespace pannier::simulation {
namespace {

constexpr int sector_bytes = 4096, longest_path = 512;

// An open file. Without a folder: a temporary one that nobody else sees.
struct Open {
  Folder* folder = nullptr;
  Folder::FilePtr file;
  std::string path;
  bool syncs_names = false;  // a log: as on Linux, its name goes to disk with its first sync
  bool goes_at_close = false;

  [[nodiscard]] std::optional<FileFault> fails(FileCall call) const {
    return folder == nullptr ? std::nullopt : folder->fails(call);
  }
};

struct Handle {
  sqlite3_file base;  // SQLite's part
  Open* open;
};

Open& open_of(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file)->open;
}

int code_of(FileFault fault) {
  switch (fault) {
    case FileFault::no_space: return SQLITE_FULL;
    case FileFault::read_failed: return SQLITE_IOERR_READ;
    case FileFault::write_failed: return SQLITE_IOERR_WRITE;
    case FileFault::sync_failed:
    case FileFault::sync_lost: return SQLITE_IOERR_FSYNC;
    case FileFault::open_failed: return SQLITE_CANTOPEN;
    default: return SQLITE_IOERR;
  }
}

// ---- a file

int close(sqlite3_file* file) {
  Open* open = reinterpret_cast<Handle*>(file)->open;
  if (open->goes_at_close && open->folder != nullptr && !open->folder->is_dead())
    open->folder->remove(open->path, false);
  delete open;
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  const Open& open = open_of(file);
  if (const auto fault = open.fails(FileCall::read)) return code_of(*fault);
  const std::string_view bytes =
      open.file->read(static_cast<std::uint64_t>(offset), static_cast<std::size_t>(size));
  char* to = static_cast<char*>(out);
  std::fill(std::copy(bytes.begin(), bytes.end(), to), to + size, '\0');
  return bytes.size() == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const Open& open = open_of(file);
  const auto at = static_cast<std::uint64_t>(offset);
  const bool grows = at + static_cast<std::uint64_t>(size) > open.file->size();
  if (const auto fault = open.fails(grows ? FileCall::grow : FileCall::write)) return code_of(*fault);
  open.file->write(at, {static_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const Open& open = open_of(file);
  if (const auto fault = open.fails(FileCall::truncate)) return code_of(*fault);
  open.file->truncate(static_cast<std::uint64_t>(size));
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int) {
  Open& open = open_of(file);
  if (const auto fault = open.fails(FileCall::sync)) {
    if (fault == FileFault::sync_lost) open.file->lose_sync();
    return code_of(*fault);
  }
  open.file->sync();
  if (open.syncs_names && open.folder != nullptr) open.folder->sync_names();
  open.syncs_names = false;
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const Open& open = open_of(file);
  if (open.folder != nullptr && open.folder->is_dead()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(open.file->size());
  return SQLITE_OK;
}

// The last step of a close takes it, and removes the log then: the dead don't.
int lock(sqlite3_file* file, int) {
  const Open& open = open_of(file);
  return open.folder != nullptr && open.folder->is_dead() ? SQLITE_IOERR_LOCK : SQLITE_OK;
}

int unlock(sqlite3_file*, int) {
  return SQLITE_OK;
}

int is_reserved(sqlite3_file*, int* out) {
  *out = 0;
  return SQLITE_OK;
}

int control(sqlite3_file*, int what, void* out) {
  if (what != SQLITE_FCNTL_HAS_MOVED) return SQLITE_NOTFOUND;
  *static_cast<int*>(out) = 0;
  return SQLITE_OK;
}

int sector_size(sqlite3_file*) {
  return sector_bytes;
}

// As SQLite takes it on Linux: a write spoils nothing beside it.
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const sqlite3_io_methods* methods() {
  static const sqlite3_io_methods all = [] {
    sqlite3_io_methods made{};
    made.iVersion = 1;  // no memory shared with other processes
    made.xClose = close;
    made.xRead = read;
    made.xWrite = write;
    made.xTruncate = truncate;
    made.xSync = sync;
    made.xFileSize = file_size;
    made.xLock = lock;
    made.xUnlock = unlock;
    made.xCheckReservedLock = is_reserved;
    made.xFileControl = control;
    made.xSectorSize = sector_size;
    made.xDeviceCharacteristics = characteristics;
    return made;
  }();
  return &all;
}

// ---- the folder

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  auto open = std::make_unique<Open>();
  open->goes_at_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  if (path == nullptr) {
    open->file = std::make_shared<MemoryFile>();
  } else {
    open->path = path;
    open->folder = Folder::of(path);
    if (open->folder == nullptr) return SQLITE_CANTOPEN;
    if (const auto fault = open->folder->fails(FileCall::open)) return code_of(*fault);
    open->file = open->folder->find(path);
    if (!open->file && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    open->syncs_names = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & SQLITE_OPEN_MAIN_DB) == 0;
    if (!open->file) open->file = open->folder->make(path);
  }
  if (out_flags != nullptr) *out_flags = flags;
  reinterpret_cast<Handle*>(file)->open = open.release();
  file->pMethods = methods();
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* path, int sync_folder) {
  Folder* folder = Folder::of(path);
  if (folder == nullptr) return SQLITE_IOERR_DELETE_NOENT;
  if (const auto fault = folder->fails(FileCall::remove)) return SQLITE_IOERR_DELETE;
  if (!folder->find(path)) return SQLITE_IOERR_DELETE_NOENT;
  folder->remove(path, sync_folder != 0);
  return SQLITE_OK;
}

int access(sqlite3_vfs*, const char* path, int, int* out) {
  const Folder* folder = Folder::of(path);
  if (folder != nullptr && folder->is_dead()) return SQLITE_IOERR_ACCESS;
  *out = folder != nullptr && folder->find(path) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  const std::string_view whole(path);
  if (whole.size() >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  *std::copy(whole.begin(), whole.end(), out) = '\0';
  return SQLITE_OK;
}

int no_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

// Chance, sleep and the clock stay those of the system: no file's size or place hangs on them.
void use_memory_files() {
  static sqlite3_vfs vfs = *sqlite3_vfs_find(nullptr);
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = longest_path;
  vfs.pNext = nullptr;
  vfs.zName = "memory";
  vfs.xOpen = open_file;
  vfs.xDelete = remove_file;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xGetLastError = no_error;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) std::abort();
}

}  // namespace pannier::simulation
