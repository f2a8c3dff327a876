// The descriptor under the name that this room's users know. Threads: see base/fd.h.
#pragma once
#include "base/fd.h"

namespace pannier::net {

using pannier::Fd;

}  // namespace pannier::net
