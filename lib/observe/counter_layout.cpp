#include "observe/counter_layout.h"

#include "observe/counter_page.h"

namespace pannier::observe::layout {
namespace {

class Hash {  // FNV-1a
 public:
  void add(std::string_view text) {
    for (const char c : text) step(static_cast<unsigned char>(c));
    step(0xff);
  }
  void add(std::uint64_t number) { add(std::string_view(std::to_string(number))); }
  template <std::size_t N>
  void add(const std::array<std::string_view, N>& names) {
    add(std::uint64_t{N});
    for (const std::string_view name : names) add(name);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void step(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3ULL; }
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace

std::uint64_t hash() {
  constexpr std::uint64_t format = 1;  // of what lies around the counters
  Hash hash;
  hash.add(format);
  for (std::size_t i = 0; i < accounts; ++i) {
    const Block block = block_of(static_cast<Account>(i));
    hash.add(static_cast<std::uint64_t>(block.owner));
    hash.add(std::uint64_t{block.size});
  }
  hash.add(reasons::reject);
  hash.add(reasons::filter);
  hash.add(reasons::left_out);
  hash.add(reasons::guarded);
  hash.add(reasons::drop);
  hash.add(reasons::dead);
  hash.add(reasons::purge);
  hash.add(reasons::limit);
  for (std::size_t i = 0; i < listeners; ++i) hash.add(name(static_cast<ListenerId>(i)));
  for (std::size_t i = 0; i < destinations; ++i) hash.add(name(static_cast<DestinationId>(i)));
  hash.add(std::uint64_t{windows_of_lane});
  return hash.value();
}

}  // namespace pannier::observe::layout
