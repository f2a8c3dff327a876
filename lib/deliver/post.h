// Runs a call on the thread of an io_context, later: never from within post_to. Users: the transports.
// Threads: any. Of Asio it takes the light headers only.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>

namespace pannier::deliver {

inline void post_to(boost::asio::io_context& home, std::function<void()> call) {
  boost::asio::require(home.get_executor(), boost::asio::execution::blocking.never).execute(std::move(call));
}

}  // namespace pannier::deliver
