#include "observe/exposition.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace pannier::observe {
namespace {

TEST(ExpositionTest, WritesAFamilyAndItsSamples) {
  Exposition out;
  out.counter("x_total", "What happened.");
  out.sample({}, 3U);
  out.gauge("y_seconds", "How long.");
  out.sample({{"lane", "malti/orders"}, {"state", "healthy"}}, 0.25);
  EXPECT_EQ(out.take(),
            "# HELP x_total What happened.\n"
            "# TYPE x_total counter\n"
            "x_total 3\n"
            "# HELP y_seconds How long.\n"
            "# TYPE y_seconds gauge\n"
            "y_seconds{lane=\"malti/orders\",state=\"healthy\"} 0.25\n");
}

TEST(ExpositionTest, KeepsHostileTextInsideItsLabel) {
  Exposition out;
  out.gauge("x", "X.");
  out.sample({{"a", "\"} 1\nevil 2\\"}}, 1);
  EXPECT_EQ(out.take(), "# HELP x X.\n# TYPE x gauge\nx{a=\"\\\"} 1\\nevil 2\\\\\"} 1\n");
}

TEST(ExpositionTest, WritesLargeNumbersWhole) {
  Exposition out;
  out.counter("x_total", "X.");
  out.sample({}, std::numeric_limits<std::uint64_t>::max());
  out.gauge("y", "Y.");
  out.sample({}, 1795273200.5);
  out.sample({}, std::numeric_limits<double>::infinity());
  out.sample({}, std::numeric_limits<double>::quiet_NaN());
  const std::string text = out.take();
  for (const char* line : {"x_total 18446744073709551615\n", "y 1795273200.5\n", "y +Inf\n", "y NaN\n"})
    EXPECT_NE(text.find(line), std::string::npos) << text;
}

}  // namespace
}  // namespace pannier::observe
