// A transaction of the spool in words, for the story. Threads: any.
#pragma once
#include <string>

#include "queue/store.h"

namespace pannier::simulation {

std::string story_of(const queue::Transaction& transaction);
std::string story_of(const queue::Loaded& loaded);

}  // namespace pannier::simulation
