#include "simulation/arguments.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/doubles/temporary_folder.h"

namespace pannier::simulation {
namespace {

std::string refusal(const std::vector<std::string>& words) {
  const auto arguments = read_arguments(words);
  return arguments ? "taken" : arguments.error().message;
}

TEST(SimulationArgumentsTest, WithoutAnyRunTenThousandSeedsOfTierA) {
  const auto arguments = read_arguments({});
  ASSERT_TRUE(arguments);
  ASSERT_EQ(arguments->seeds.size(), 10'000U);
  EXPECT_EQ(arguments->seeds.front().number, 1U);
  EXPECT_EQ(arguments->seeds.front().tier, Tier::model);
}

TEST(SimulationArgumentsTest, ASeedAloneIsOneRun) {
  const auto arguments = read_arguments({"--tier", "B", "--seed", "17"});
  ASSERT_TRUE(arguments);
  ASSERT_EQ(arguments->seeds.size(), 1U);
  EXPECT_EQ(arguments->seeds.front().number, 17U);
  EXPECT_EQ(arguments->seeds.front().tier, Tier::sqlite);
}

TEST(SimulationArgumentsTest, WrongOnesAreRefusedWithAClearLine) {
  EXPECT_EQ(refusal({"--sed", "1"}), "--sed: no such option; see --help");
  EXPECT_EQ(refusal({"17"}), "17: no such option; see --help");
  EXPECT_EQ(refusal({"--seed"}), "--seed: a value is missing behind it");
  EXPECT_EQ(refusal({"--seed", "--story"}), "--seed: a value is missing behind it");
  EXPECT_EQ(refusal({"--seed", "1x"}), "--seed: \"1x\" is not a number");
  EXPECT_EQ(refusal({"--runs", "-1"}), "--runs: \"-1\" is not a number");
  EXPECT_EQ(refusal({"--runs", "0"}), "--runs: write 1 to 100000000, not 0");
  EXPECT_EQ(refusal({"--least", ""}), "--least: \"\" is not a number");
  EXPECT_EQ(refusal({"--seed", "99999999999999999999"}), "--seed: \"99999999999999999999\" is not a number");
  EXPECT_EQ(refusal({"--tier", "C"}), "--tier: \"C\" is none; write A (a model of the store) or B (SQLite)");
  EXPECT_EQ(refusal({"--seed", "1", "--seed", "2"}), "--seed: given twice");
  EXPECT_EQ(refusal({"--of", "x"}), "--of: only beside --seeds FILE");
  EXPECT_EQ(refusal({"--seeds", "/nowhere"}), "--seeds: can't read /nowhere");
  EXPECT_EQ(refusal({"--seeds", "/nowhere", "--runs", "2"}),
            "--runs: not beside --seeds, whose file says it");
}

TEST(SimulationArgumentsTest, SeedsOfAFileAreThoseOfTheName) {
  const doubles::TemporaryFolder folder;
  const std::string path = (folder / "seeds.txt").string();
  std::ofstream(path) << "# words\n\nearly_ack A 17\nlost_rest B 8 what it found\n";
  const auto all = read_arguments({"--seeds", path});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->seeds.size(), 2U);
  const auto some = read_arguments({"--seeds", path, "--of", "lost_rest"});
  ASSERT_TRUE(some);
  ASSERT_EQ(some->seeds.size(), 1U);
  EXPECT_EQ(some->seeds.front().number, 8U);
  EXPECT_EQ(refusal({"--seeds", path, "--of", "nobody"}), path + ": no seed of nobody is kept there");
}

TEST(SimulationArgumentsTest, AFilesFaultyLineIsNamed) {
  const doubles::TemporaryFolder folder;
  const std::string path = (folder / "seeds.txt").string();
  std::ofstream(path) << "early_ack A 17\nearly_ack 17\n";
  EXPECT_EQ(refusal({"--seeds", path}), path + ":2: write NAME, A or B, and a seed");
}

}  // namespace
}  // namespace pannier::simulation
