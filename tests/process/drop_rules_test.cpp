#include "process/drop_rules.h"

#include <gtest/gtest.h>

#include <vector>

namespace pannier::process {
namespace {

record::Record usual_record() {
  record::Record record;
  record.service = "orders";
  record.method = "GET";
  record.endpoint = "/users/{user_id}";
  record.consumer = "web";
  record.status = 404;
  return record;
}

std::optional<std::size_t> dropped(const std::vector<DropRule>& rules, const record::Record& record,
                                   Destination destination = Destination::malti) {
  return DropRules(rules, destination).first_match(record);
}

bool drops(const DropRule& rule, const record::Record& record = usual_record()) {
  return dropped({rule}, record).has_value();
}

TEST(DropRulesTest, AStatusIsOneOfThoseGiven) {
  EXPECT_TRUE(drops({.status = {{404, 404}}}));
  EXPECT_TRUE(drops({.status = {{500, 599}, {400, 404}}}));
  EXPECT_FALSE(drops({.status = {{405, 499}, {200, 403}}}));
}

TEST(DropRulesTest, AMethodIsComparedWithoutCase) {
  EXPECT_TRUE(drops({.methods = {"head", "get"}}));
  EXPECT_FALSE(drops({.methods = {"GETS", "POST"}}));
}

TEST(DropRulesTest, AnEndpointIsALiteralAPatternOrAnExpression) {
  for (const char* text : {"/users/{user_id}", "/users/{any}", "/{a}/{b}", "~ /users/.*", "~/users/\\{.*\\}"})
    EXPECT_TRUE(drops({.endpoint = text})) << text;
  for (const char* text : {"/users", "/users/{a}/{b}", "~ /user", "~ users/.*", "/users/7"})
    EXPECT_FALSE(drops({.endpoint = text})) << text;
}

TEST(DropRulesTest, AConsumerAndAServiceAreALiteralOrAnExpression) {
  EXPECT_TRUE(drops({.consumer = "web"}));
  EXPECT_TRUE(drops({.consumer = "~ w.*"}));
  EXPECT_FALSE(drops({.consumer = "w"}));
  EXPECT_FALSE(drops({.consumer = "{any}"}));
  EXPECT_TRUE(drops({.service = "orders"}));
  EXPECT_TRUE(drops({.service = "~ orders|users"}));
  EXPECT_FALSE(drops({.service = "Orders"}));
}

TEST(DropRulesTest, AllConditionsOfARuleMustHold) {
  const DropRule all{.status = {{404, 404}},
                     .methods = {"GET"},
                     .endpoint = "~ /users/.*",
                     .consumer = "web",
                     .service = "orders"};
  EXPECT_TRUE(drops(all));
  record::Record other = usual_record();
  other.status = 405;
  EXPECT_FALSE(drops(all, other));
  other = usual_record();
  other.method = "PUT";
  EXPECT_FALSE(drops(all, other));
  other = usual_record();
  other.endpoint = "/x";
  EXPECT_FALSE(drops(all, other));
  other = usual_record();
  other.consumer = "app";
  EXPECT_FALSE(drops(all, other));
  other = usual_record();
  other.service = "users";
  EXPECT_FALSE(drops(all, other));
}

TEST(DropRulesTest, TheFirstThatMatchesIsToldByItsNumberInTheWholeList) {
  const std::vector<DropRule> rules{{.status = {{404, 404}}, .of = {false, true}},
                                    {.status = {{500, 599}}},
                                    {.methods = {"GET"}, .of = {true, false}},
                                    {.methods = {"GET"}}};
  EXPECT_EQ(dropped(rules, usual_record(), Destination::malti), 2U);
  EXPECT_EQ(dropped(rules, usual_record(), Destination::local), 0U);
}

TEST(DropRulesTest, ARuleWithoutAConditionDropsNothing) {
  EXPECT_FALSE(drops({}));
  EXPECT_TRUE(DropRules({}, Destination::malti).empty());
}

}  // namespace
}  // namespace pannier::process
