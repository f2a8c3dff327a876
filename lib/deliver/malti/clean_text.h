// What Malti's HTML cleaner would take out of a text, written so that it stays: else /a/<script> and /a/
// would be one endpoint, unseen. What looks like a tag gets ‹ ›, and a control character becomes a space.
// User: the encoder. Threads: pure functions.
#pragma once
#include <string>
#include <string_view>

namespace pannier::deliver::malti {

// True where cleaned() may change a text of this fragment. Cost: about 5 ns. `plain`: nothing in it was
// escaped, so no control character is in it.
bool may_need_cleaning(std::string_view fragment, bool plain);

// `text` itself where there is nothing to do, else what is then in `room`. REQUIRES: valid UTF-8.
std::string_view cleaned(std::string_view text, std::string& room);

}  // namespace pannier::deliver::malti
