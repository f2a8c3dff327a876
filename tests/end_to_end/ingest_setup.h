// A daemon whose HTTP listener takes Malti's ingest, and who speaks to it as Malti's SDKs do. Threads: one.
#pragma once
#include <gmock/gmock.h>

#include "tests/end_to_end/setup.h"

namespace pannier::end_to_end {

inline constexpr const char* http_door = "/listeners/http_malti";

// A record as Malti's Python SDK writes it; its context is mark(id).
inline std::string sdk_record(std::uint64_t id, const std::string& service = "orders",
                              const std::string& status = "200") {
  return R"({"service":")" + service +
         R"(","node":"sdk","method":"GET","endpoint":"/users/{user_id}","status":)" + status +
         R"(,"response_time":12,"consumer":"web","context":")" + mark(id) +
         R"(","created_at":"2026-11-30T09:00:00.123456+00:00"})";
}

inline std::string sdk_body(std::uint64_t first, std::uint64_t count, const std::string& service = "orders") {
  std::string body = R"({"requests":[)";
  for (std::uint64_t id = first; id != first + count; ++id)
    body.append(id == first ? "" : ",").append(sdk_record(id, service));
  return body + "]}";
}

inline HttpReply ingest(const DaemonProcess& daemon, const std::string& body,
                        const std::string& key = "key-orders", const std::string& more = {}) {
  return ask_http(daemon.tcp_port(), "POST", "/api/v1/ingest",
                  "Host: 127.0.0.1\r\nContent-Type: application/json\r\n" +
                      (key.empty() ? std::string() : "X-API-Key: " + key + "\r\n") + more,
                  body);
}

// One service with a configured key, orders; `http` below receive.http, `more` at the end.
inline DaemonOptions ingest_options(const ScriptedBackend& backend, const std::string& http = {},
                                    const std::string& more = {}, Environment environment = {}) {
  return {.config = std::string("node: test\n") + usual_receive + "  http: { address: \"127.0.0.1:@tcp@\"" +
                    http + " }\n" + usual_control + "deliver:\n  malti:\n    url: \"" + backend.url() +
                    "\"\n    keys: { orders: key-orders }\n    batch: { interval: 200ms }\n"
                    "    retry: { base: 20ms, cap: 100ms }\n    timeout: 2s\n" +
                    more,
          .environment = std::move(environment)};
}

// The lane of a key that a sender of this service brought; empty where there is none.
inline std::string guest_lane(const DaemonProcess& daemon, const std::string& service = "users") {
  for (const std::string& name : daemon.status_json().names("/lanes"))
    if (name.starts_with("malti/" + service + "@")) return "/lanes/malti~1" + name.substr(name.find('/') + 1);
  return {};
}

}  // namespace pannier::end_to_end
