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

using Outcome = Gunzip::Outcome;
constexpr std::size_t most = 16UL * 1024 * 1024;

std::string packed(std::string_view text) {
  Gzip gzip;
  return gzip.pack({&text, 1});
}

std::string noise(std::size_t size) {
  Random random(7);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random.next());
  return text;
}

TEST(GunzipTest, UnpacksWhatWasPacked) {
  Gunzip gunzip;
  for (const std::string& text :
       {std::string(), std::string("one"), repeated("like the one before, ", 900'000), noise(100'000),
        std::string("short again")}) {
    ASSERT_EQ(gunzip.unpack(packed(text), most), Outcome::good) << text.size();
    EXPECT_EQ(gunzip.view(), text);
    std::string behind(Gunzip::padding, '\0');
    std::copy_n(gunzip.view().data() + gunzip.view().size(), behind.size(), behind.data());  // may be read
  }
}

TEST(GunzipTest, MembersBehindOneAnotherAreOneText) {
  Gunzip gunzip;
  const std::string large = repeated("large ", 100'000);
  ASSERT_EQ(gunzip.unpack(packed("one,") + packed(large) + packed("") + packed("two"), most), Outcome::good);
  EXPECT_EQ(gunzip.view(), "one," + large + "two");
}

TEST(GunzipTest, AsMuchAsIsAllowedAndNotAByteMore) {
  Gunzip gunzip;
  const std::string text = noise(50'000);
  EXPECT_EQ(gunzip.unpack(packed(text), 50'000), Outcome::good);
  EXPECT_EQ(gunzip.view(), text);
  EXPECT_EQ(gunzip.unpack(packed(text), 49'999), Outcome::too_large);
  EXPECT_EQ(gunzip.unpack(packed(text.substr(0, 25'000)) + packed(text.substr(0, 25'001)), 50'000),
            Outcome::too_large);
}

TEST(GunzipTest, ABombClaimsNoMoreThanIsAllowed) {
  Gunzip gunzip;
  const std::string bomb = packed(std::string(200'000'000, '0'));
  ASSERT_LT(bomb.size(), 1'000'000U);
  EXPECT_EQ(gunzip.unpack(bomb, most), Outcome::too_large);
  EXPECT_LE(gunzip.capacity(), most);
  gunzip.trim();
  EXPECT_LE(gunzip.capacity(), Gunzip::kept_bytes);
}

TEST(GunzipTest, ASizeThatIsALieChangesNothing) {
  Gunzip gunzip;
  for (const char* lie : {"\xff\xff\xff\xff", "\x01\x02\x03\x04"}) {
    std::string body = packed("some text");
    body.replace(body.size() - 4, 4, lie, 4);
    EXPECT_EQ(gunzip.unpack(body, most), Outcome::damaged);
    EXPECT_LT(gunzip.capacity(), 100'000U) << "a few bytes can't hold what they claim";
  }
}

TEST(GunzipTest, WhatIsCutOffIsDamaged) {
  Gunzip gunzip;
  const std::string whole = packed(repeated("like the one before, ", 3000));
  for (std::size_t size = 2; size < whole.size(); ++size)
    EXPECT_EQ(gunzip.unpack(whole.substr(0, size), most), Outcome::damaged) << size;
}

TEST(GunzipTest, AWrongChecksumIsDamaged) {
  Gunzip gunzip;
  std::string body = packed("some text");
  body[body.size() - 5] = static_cast<char>(body[body.size() - 5] ^ 1);
  EXPECT_EQ(gunzip.unpack(body, most), Outcome::damaged);
}

TEST(GunzipTest, WhatIsNoGzipIsSaidToBeNone) {
  Gunzip gunzip;
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("\x1f"), std::string("PK\3\4"),
        packed("text") + "behind", packed("text") + std::string(1, '\0')})
    EXPECT_EQ(gunzip.unpack(body, most), Outcome::not_gzip) << body;
}

TEST(GunzipTest, AFailureLeavesNothingForTheNext) {
  Gunzip gunzip;
  EXPECT_EQ(gunzip.unpack(packed("first") + "x", most), Outcome::not_gzip);
  ASSERT_EQ(gunzip.unpack(packed("second"), most), Outcome::good);
  EXPECT_EQ(gunzip.view(), "second");
}

}  // namespace
}  // namespace pannier::net
