// ${NAME} and ${NAME:-default} in values of the file. An unset or empty variable takes the default; an unset
// one without is a fault. What was put in is not looked at again. Threads: pure functions.
#pragma once
#include "config/environment.h"
#include "config/value.h"

namespace pannier::config {

// Replaces in all texts of `node`. Returns whether there was anything to replace.
bool replace_placeholders(Written& node, const Environment& environment, Faults& faults);

}  // namespace pannier::config
