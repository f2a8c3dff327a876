#include "daemon/commands/places.h"

#include "tests/daemon/surroundings.h"

namespace pannier::daemon::commands {
namespace {

class PlacesTest : public CommandTest {
 protected:
  // What is found, or the error's sentence.
  std::string control(const std::string& file = "", const std::string& flag = "") {
    Invocation asked = invocation();
    asked.config = file;
    asked.control = flag;
    const auto found = control_socket(asked);
    return found ? *found : found.error().message;
  }
  std::string stream(const std::string& file = "", const std::string& named = "") {
    Invocation asked = invocation();
    asked.config = file;
    const auto found = stream_socket(asked, named);
    return found ? *found : found.error().message;
  }
};

TEST_F(PlacesTest, TheFlagOutranksTheEnvironmentAndThatTheFile) {
  const std::string file = write("p.yaml", "control: { path: /of/file }\n");
  EXPECT_EQ(control(file), "/of/file");
  variables_["PANNIER__CONTROL__PATH"] = "/of/environment";
  EXPECT_EQ(control(file), "/of/environment");
  EXPECT_EQ(control(file, "/of/flag"), "/of/flag");
}

TEST_F(PlacesTest, AFileWithMistakesStillTellsItsSockets) {
  const std::string file = write("p.yaml",
                                 "memory: 16M\nnonsense: 1\ncontrol: { path: /of/file }\n"
                                 "receive: { unix_stream: { path: /of/stream, mode: x } }\n");
  EXPECT_EQ(control(file), "/of/file");
  EXPECT_EQ(stream(file), "/of/stream");
}

TEST_F(PlacesTest, ANamedFileHasToBeThere) {
  EXPECT_NE(control(folder_ / "none").find("no such file"), std::string::npos);
}

TEST_F(PlacesTest, WithoutConfigurationTheUsersOwnSocketComesFirstIfItIsThere) {
  variables_["XDG_RUNTIME_DIR"] = folder_.path();
  std::filesystem::create_directories(folder_ / "pannier-control");
  std::filesystem::create_directories(folder_ / "pannier");
  write("pannier-control/control.sock", "");
  write("pannier/pannier.sock", "");
  EXPECT_EQ(control(), folder_ / "pannier-control/control.sock");
  EXPECT_EQ(stream(), folder_ / "pannier/pannier.sock");

  const std::string file = write("p.yaml",
                                 "control: { path: /of/file }\n"
                                 "receive: { unix_stream: { path: /of/stream } }\n");
  EXPECT_EQ(control(file), "/of/file") << "a configured one is never left for one that happens to be there";
  EXPECT_EQ(stream(file), "/of/stream");
}

TEST_F(PlacesTest, SendTakesTheSocketThatShimsTake) {
  variables_["PANNIER_URL"] = "unix:///of/shims";
  EXPECT_EQ(stream(), "/of/shims");
  EXPECT_EQ(stream("", "/of/flag"), "/of/flag");
}

TEST_F(PlacesTest, SendTakesTheFileThatWasNamedBeforeTheShimsVariable) {
  variables_["PANNIER_URL"] = "unix:///of/shims";
  EXPECT_EQ(stream(write("p.yaml", "receive: { unix_stream: { path: /of/file } }\n")), "/of/file");
  EXPECT_EQ(stream(write("q.yaml", "service: web\n")), "/of/shims");
}

TEST_F(PlacesTest, SendRefusesWhatIsNoStreamAndSaysWhatToWrite) {
  variables_["PANNIER_URL"] = "udp://127.0.0.1:6258";
  EXPECT_NE(stream().find("unix:///path"), std::string::npos);
  variables_.clear();
  EXPECT_NE(stream(write("p.yaml", "receive: { unix_stream: off }\n")).find("--socket"), std::string::npos);
}

}  // namespace
}  // namespace pannier::daemon::commands
