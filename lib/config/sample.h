// config/pannier.yaml, made from the table of options, so that the two cannot disagree (a test compares
// them). Threads: pure functions.
#pragma once
#include <string>

namespace pannier::config {

// Every setting that is built, with its sentence, range and default, as a comment; UDP alone is switched on.
std::string sample_yaml();

// The same as a plain list for --help: path, default, range, variables, sentence.
std::string options_help();

}  // namespace pannier::config
