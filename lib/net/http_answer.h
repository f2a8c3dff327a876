// What an HTTP server answered, as far as we look at it. Made by http_client and unix_http. A plain value.
#pragma once
#include <string>

namespace pannier::net {

struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string retry_after;  // as it came: seconds or a date
  std::string body;
  bool body_cut = false;  // the body was longer than the limit; its beginning stands here
};

}  // namespace pannier::net
