#include "simulation/folder.h"

#include <mutex>
#include <set>

namespace pannier::simulation {
namespace {

struct Known {
  std::mutex mutex;
  std::map<std::string, Folder*, std::less<>> folders;
};

Known& known() {
  static Known all;
  return all;
}

std::string_view folder_of(std::string_view file) {
  return file.substr(0, file.rfind('/'));
}

std::string_view last_name(std::string_view file) {
  return file.substr(file.rfind('/') + 1);
}

}  // namespace

Folder::Folder(std::string path) : path_(std::move(path)) {
  Known& all = known();
  const std::lock_guard lock(all.mutex);
  all.folders[path_] = this;
}

Folder::~Folder() {
  Known& all = known();
  const std::lock_guard lock(all.mutex);
  all.folders.erase(path_);
}

Folder* Folder::of(std::string_view file) {
  Known& all = known();
  const std::lock_guard lock(all.mutex);
  const auto found = all.folders.find(folder_of(file));
  return found == all.folders.end() ? nullptr : found->second;
}

std::optional<FileFault> Folder::fails(FileCall call) {
  if (!is_dead_ && trouble_)
    if (const auto fault = trouble_(call)) return fault;
  return is_dead_ ? std::optional(FileFault::killed_in_call) : std::nullopt;
}

void Folder::start_process() {
  is_dead_ = false;
  for (const auto& [name, file] : names_) file->find_lost();
}

Folder::FilePtr Folder::find(std::string_view file) const {
  const auto found = names_.find(last_name(file));
  return found == names_.end() ? nullptr : found->second;
}

Folder::FilePtr Folder::make(std::string_view file) {
  FilePtr& made = names_[std::string(last_name(file))];
  if (!made) made = std::make_shared<MemoryFile>();
  return made;
}

void Folder::remove(std::string_view file, bool sync) {
  const auto found = names_.find(last_name(file));
  if (found != names_.end()) names_.erase(found);
  if (sync) sync_names();
}

void Folder::copy_from(const Folder& other) {
  names_.clear();
  for (const auto& [name, file] : other.names_) names_[name] = std::make_shared<MemoryFile>(file->bytes());
  sync_names();
}

// A name that was made or removed since the last sync of the folder may be as before.
MemoryFile::Lost Folder::power_cut(Random& random) {
  std::set<std::string, std::less<>> all;
  for (const auto& [name, file] : names_) all.insert(name);
  for (const auto& [name, file] : synced_names_) all.insert(name);
  Names left;
  for (const std::string& name : all) {
    const auto now = names_.find(name), before = synced_names_.find(name);
    const FilePtr newer = now == names_.end() ? nullptr : now->second;
    const FilePtr older = before == synced_names_.end() ? nullptr : before->second;
    if (const FilePtr& file = newer == older || random.below(2) == 0 ? newer : older) left[name] = file;
  }
  MemoryFile::Lost lost;
  for (const auto& [name, file] : left) {
    const MemoryFile::Lost one = file->power_cut(random);
    lost.pages += one.pages;
    lost.torn += one.torn;
  }
  names_ = left;
  sync_names();
  return lost;
}

}  // namespace pannier::simulation
