// What an OTLP/HTTP backend for traces says to one request, without any network: the rules of the OTLP
// specification and of reference/multiplayer.md (a bare key) as a function. Users: ScriptedBackend.
// Threads: pure functions.
#pragma once
#include <string_view>

#include "tests/doubles/malti_contract.h"

namespace pannier::doubles {

// The answer to POST /v1/traces. The spans are stored where it is a 200; `context` is pannier.context.
Ruling rule_otlp(const Contract& contract, const Headers& headers, std::string_view body);

}  // namespace pannier::doubles
