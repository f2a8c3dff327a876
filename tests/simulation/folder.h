// The spool's folder of one simulated machine: files in memory (memory_file.h) and their names, as they are
// now and as a power cut would leave them. SQLite finds it by the path of its files (vfs.h). When its process
// is killed, every call fails and changes nothing until the next one is started. Users: SqliteDisk, Look.
// Threads: one run belongs to one thread; folders of different runs may be used at once.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "simulation/file_faults.h"
#include "simulation/memory_file.h"

namespace pannier::simulation {

enum class FileCall : std::uint8_t { open, read, write, grow, sync, truncate, remove };

class Folder {
 public:
  // Asked before each call of a living process. A fault: it fails so, and changes nothing.
  using Trouble = std::function<std::optional<FileFault>(FileCall)>;
  using FilePtr = std::shared_ptr<MemoryFile>;
  using Names = std::map<std::string, FilePtr, std::less<>>;

  explicit Folder(std::string path);  // is known to the VFS by it
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  // The one that the file lies in; none: there is no such folder.
  static Folder* of(std::string_view file);

  void on_call(Trouble trouble) { trouble_ = std::move(trouble); }
  void kill() { is_dead_ = true; }
  void start_process();
  [[nodiscard]] bool is_dead() const { return is_dead_; }
  MemoryFile::Lost power_cut(Random& random);
  void copy_from(const Folder& other);  // as they are now, under the same last names

  // What the VFS does; `fails` first, and no call after it where it names a fault.
  std::optional<FileFault> fails(FileCall call);
  [[nodiscard]] FilePtr find(std::string_view file) const;
  FilePtr make(std::string_view file);
  void remove(std::string_view file, bool sync);
  void sync_names() { synced_names_ = names_; }

 private:
  const std::string path_;
  Trouble trouble_;
  bool is_dead_ = false;
  Names names_, synced_names_;  // without the folder
};

}  // namespace pannier::simulation
