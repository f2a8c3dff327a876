// What a sample expected and what became of it, side by side. Users: the command test. Threads: pure
// functions. Everything returned is escaped.
#pragma once
#include <string>
#include <vector>

#include "config/load.h"
#include "config/test_file.h"
#include "daemon/trial.h"

namespace pannier::daemon::commands {

struct Difference {
  std::string subject;  // "endpoint"; "outcome" where the line is no record, or one against expectation
  std::string expected, got;
  std::string why;  // which rule of which line did it; may be empty
};

// Empty where all is as expected.
std::vector<Difference> differences(const config::SampleRecord& sample, const Trial& trial,
                                    const config::Loaded& config);

}  // namespace pannier::daemon::commands
