// The counter page's file, mapped into memory: what is stored there stays when the process is killed. Users:
// daemon. Threads: a plain value; move only. May block on the disk. Errors: invalid for what is no plain file
// of ours, io for a full disk, here and not as a signal later; each with its cure.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "observe/counter_page.h"

namespace pannier::observe {

class PageFile {
 public:
  // Opens or makes the file (mode 0640) with room for so many lanes, all of it allocated. What the last run
  // left stays as it is until begin().
  static Result<PageFile> open(const std::string& path, std::size_t lanes);

  PageFile(PageFile&& other) noexcept;
  PageFile& operator=(PageFile&& other) noexcept;  // REQUIRES: no page of it is used any more
  ~PageFile();

  // What the last run left.
  [[nodiscard]] const std::optional<RunPage>& last() const { return last_; }

  // Begins a run's page; the last one's is gone then. REQUIRES: the file outlives the page.
  Result<std::unique_ptr<CounterPage>> begin(std::uint64_t run, const std::string& boot);
  // The file was removed or replaced: a kill would leave nothing of the page.
  [[nodiscard]] bool is_moved() const;
  // Puts a new file below the same memory. `still` does what it is given while nobody changes the page.
  using HoldStill = std::function<void(const std::function<void()>&)>;
  Result<void> make_again(const HoldStill& still);

 private:
  PageFile(std::string path, Fd file, std::span<std::byte> memory);

  std::string path_;
  Fd file_;
  std::span<std::byte> memory_;
  std::optional<RunPage> last_;
};

// The kernel's id of this boot; empty where it does not say.
std::string boot_id();

}  // namespace pannier::observe
