#include "net/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/random.h"

namespace pannier::net {
namespace {

// By zlib, which did not pack it.
std::string unpacked(const std::string& packed, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U) << "one member, nothing behind it";
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string repeated(std::string_view text, std::size_t size) {
  std::string out;
  while (out.size() < size) out += text;
  return out;
}

TEST(GzipTest, PacksPartsAsOneBody) {
  Gzip gzip;
  const std::string long_part = repeated("a span like the one before, ", 300'000);
  const std::string_view parts[]{"", "begin ", long_part, "", " end"};
  const std::string packed = gzip.pack(parts);
  EXPECT_EQ(unpacked(packed, long_part.size() + 100), "begin " + long_part + " end");
  EXPECT_LT(packed.size(), long_part.size() / 10);
}

TEST(GzipTest, PacksWhatCanNotBeMadeSmaller) {
  Gzip gzip;
  Random random(1);
  for (const std::size_t size : {0U, 1U, 70'000U, 3'000'000U}) {
    std::string noise(size, '\0');
    for (char& byte : noise) byte = static_cast<char>(random.next());
    const std::string_view part = noise;
    EXPECT_EQ(unpacked(gzip.pack({&part, 1}), size), noise) << size;
  }
}

TEST(GzipTest, OneBodyLeavesNothingForTheNext) {
  Gzip gzip;
  const std::string_view first[]{"first", "body"}, second[]{"2", "nd"};
  const std::string before = gzip.pack(second);
  gzip.pack(first);
  EXPECT_EQ(gzip.pack(second), before);
}

}  // namespace
}  // namespace pannier::net
