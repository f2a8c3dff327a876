#include "process/endpoint.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "base/random.h"
#include "base/text.h"

namespace pannier::process {
namespace {

using Step = std::string_view (*)(std::string_view, Arena&);

std::string done(Step step, std::string_view text) {
  Arena arena;
  return std::string(step(text, arena));
}

struct Case {
  const char* before;
  const char* after;
};

void expect_all(Step step, std::initializer_list<Case> cases) {
  for (const auto& [before, after] : cases) EXPECT_EQ(done(step, before), after) << before;
}

TEST(EndpointSpellingTest, MakesFlasksParametersBraces) {
  expect_all(with_one_spelling, {{"/users/<id>", "/users/{id}"},
                                 {"/users/<int:user_id>/x", "/users/{user_id}/x"},
                                 {"/<string(length=2):lang>/a", "/{lang}/a"},
                                 {"/<any(a, b):kind>.<ext>", "/{kind}.{ext}"},
                                 {"users/<int:pk>/", "users/{pk}/"},
                                 {"/<größe>", "/{größe}"}});
}

TEST(EndpointSpellingTest, MakesExpressParametersBraces) {
  expect_all(with_one_spelling, {{"/users/:id", "/users/{id}"},
                                 {":id", "{id}"},
                                 {"/:a/:b/c", "/{a}/{b}/c"},
                                 {"/users/:id?", "/users/{id}"},
                                 {"/users/:id?/posts", "/users/{id}/posts"},
                                 {"/users/:id(\\d+)", "/users/{id}"},
                                 {"/users/:id(\\d+)?", "/users/{id}"},
                                 {"/users/:id((a|b\\))+)/x", "/users/{id}/x"},
                                 {"/files/:name.json", "/files/{name}.json"}});
}

TEST(EndpointSpellingTest, MakesDjangosExpressionsBraces) {
  expect_all(with_one_spelling,
             {{"^articles/(?P<year>[0-9]{4})/(?P<slug>[\\w-]+)/$", "articles/{year}/{slug}/"},
              {"^(?P<pk>(a|b)+)$", "{pk}"},
              {"^about/$", "about/"},
              {"^users/?$", "users/"},
              {"^$", "/"},
              {"^^", "/"},
              {"^price\\$", "price\\$"}});
}

TEST(EndpointSpellingTest, TakesAwayWhatStarletteAndSpringSayOfAParameter) {
  expect_all(with_one_spelling, {{"/files/{path:path}", "/files/{path}"},
                                 {"/users/{id:int}/x", "/users/{id}/x"},
                                 {"/a/{id:[0-9]{4}}/b/{c:[^/]+}", "/a/{id}/b/{c}"}});
}

TEST(EndpointSpellingTest, TakesAwayWhatExpressSaysOfAParameter) {
  expect_all(with_one_spelling, {{"/files/:rest*", "/files/{rest}"},
                                 {"/files/:rest+/x", "/files/{rest}/x"},
                                 {"/files/*", "/files/*"},
                                 {"/:a*b", "/{a}*b"}});
}

TEST(EndpointSpellingTest, LeavesTheRestAlone) {
  for (const char* text : {"/users/{id}", "/things/{id}:cancel",
                           "/a:b/c",      "/a/:",
                           "/a/:9",       "/a/<>",
                           "/a/<",        "/a/>",
                           "/a/<b",       "/a/<b/c>",
                           "/a/< b>",     "/a/<b c>",
                           "/a/<int:>",   "/a/</b>",
                           "/a/{:x}",     "/a/{b:c",
                           "a^b$",        "/a$",
                           "GET:/x",      "/",
                           "*",           "/a/::b"})
    EXPECT_EQ(done(with_one_spelling, text), text) << text;
}

TEST(EndpointSpellingTest, CutsAQueryOffButNoRegularExpression) {
  expect_all(with_one_spelling, {{"/users?token=secret", "/users"},
                                 {"/users/:id?token=secret", "/users/{id}"},
                                 {"?token=secret", "/"},
                                 {"/a(?token=secret)", "/a("},
                                 {"/a(?P<token=secret", "/a("},
                                 {"^users/(?P<id>[0-9]+)/$", "users/{id}/"}});
}

TEST(EndpointSpellingTest, ReturnsAUsualEndpointAsItCame) {
  Arena arena;
  for (const std::string_view usual : {"/", "/users/{user_id}/orders", "/health"})
    EXPECT_EQ(with_one_spelling(usual, arena).data(), usual.data());
  EXPECT_EQ(arena.capacity(), 0U);
}

TEST(PathTest, LosesItsIds) {
  expect_all(without_ids, {{"/users/42", "/users/{id}"},
                           {"/users/42/", "/users/{id}/"},
                           {"/7", "/{id}"},
                           {"/1/2/3", "/{id}/{id}/{id}"},
                           {"42", "{id}"},
                           {"/o/123e4567-e89b-12d3-a456-426614174000/x", "/o/{id}/x"},
                           {"/o/AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA", "/o/{id}"},
                           {"/c/deadbee1", "/c/{id}"},
                           {"/c/DEADBEE1", "/c/{id}"},
                           {"/c/5f3a9c0b7d2e4a1f8c6b9e0d", "/c/{id}"}});
}

TEST(PathTest, KeepsWhatOnlyLooksLikeAnId) {
  for (const char* text :
       {"/v1/users", "/deadbeef", "/c/deadbe1", "/a1", "/2fa", "/42.json", "/42-43", "/x42",
        "/o/123e4567-e89b-12d3-a456-42661417400", "/o/123e4567xe89b-12d3-a456-426614174000",
        "/o/g23e4567-e89b-12d3-a456-426614174000", "/", "//", "/a//b", "*", "/{id}"})
    EXPECT_EQ(done(without_ids, text), text) << text;
}

TEST(PathTest, IsNeverEmpty) {
  EXPECT_EQ(done(without_ids, ""), "/");
  EXPECT_EQ(done(with_one_spelling, ""), "/");
}

TEST(PathTest, LosesItsQuery) {
  EXPECT_EQ(without_query("/a?b=c?d"), "/a");
  EXPECT_EQ(without_query("/a"), "/a");
  EXPECT_EQ(without_query("?b"), "");
}

TEST(EndpointPropertyTest, EachStepDoneTwiceIsAsDoneOnceAndKeepsTextText) {
  constexpr std::array<std::string_view, 36> pieces{
      "^",     "$",        "(?P<a>", "{b:",    "[0-9]{4}", "+",
      "/",     "/",        "/",      "/",      ":",        "<",
      ">",     "?",        "(",      ")",      "\\",       "{",
      "}",     "int:",     "id",     "a",      "_",        "é",
      "7",     "42",       "-",      ".",      "$1",       ":name",
      "<int:", "deadbee1", "*",      "(\\d+)", "%20",      "123e4567-e89b-12d3-a456-426614174000"};
  Random random(8);
  for (int i = 0; i < 200'000; ++i) {
    std::string before;
    for (std::uint64_t left = random.below(12); left > 0; --left) before += pieces.at(random.below(36));
    for (const Step step : {Step{with_one_spelling}, Step{without_ids}}) {
      const std::string once = done(step, before);
      ASSERT_EQ(done(step, once), once) << before;
      ASSERT_FALSE(once.empty()) << before;
      ASSERT_TRUE(text::is_utf8(once)) << before;
      ASSERT_LE(once.size(), before.size() * 5 / 2 + 4) << before;
    }
  }
}

}  // namespace
}  // namespace pannier::process
