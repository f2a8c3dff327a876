#include <array>

#include "config/option_table.h"

namespace pannier::config::table {
namespace {

constexpr std::array rows{
    Option{.path = "service",
           .kind = Kind::name,
           .fallback = "unknown-service",
           .help = "The service of records that name none.",
           .example = "orders",
           .sdk = Sdk::plain,
           .variable = "MALTI_SERVICE_NAME",
           .store = [](Settings& s, const Value& v) { s.process.service = v.text; }},
    Option{.path = "node",
           .kind = Kind::name,
           .fallback = "{host}",
           .help = "The node of records that name none; default: the host's name.",
           .example = "web-7",
           .sdk = Sdk::plain,
           .variable = "MALTI_NODE",
           .store = [](Settings& s, const Value& v) { s.process.node = v.text; }},
    Option{.path = "resource",
           .kind = Kind::named_texts,
           .help = "What every record carries to destinations that know resources; free names.",
           .example = "{ service.version: \"1.4\", deployment.environment: prod }",
           .store = [](Settings& s, const Value& v) { s.resource[v.name] = v.text; }},
    Option{.path = "memory",
           .kind = Kind::size,
           .fallback = "64MiB",
           .least = "24MiB",
           .most = "1024GiB",
           .help = "Bounds all queues together; the process takes at most 32MiB more.",
           .restart = true,
           .store = [](Settings& s, const Value& v) { s.memory = v.number; }},
};

}  // namespace

std::span<const Option> common() {
  return rows;
}

}  // namespace pannier::config::table
