// A configuration in a temporary folder, and the answers to it in the shape in which tests compare them.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "config/load.h"

namespace pannier::config {

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string name = std::filesystem::temp_directory_path() / "pannier-config-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    request_.uid = 1000;
    request_.host = "web-7";
    request_.default_file = path("absent.yaml");
    request_.own_cgroup = path("absent-cgroup");
    request_.cgroup_root = path("absent-root");
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) {
    const std::string file = path(name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << text;
    ::chmod(file.c_str(), mode);
    return file;
  }

  void environment(Environment::Variables variables) {
    request_.environment = Environment(std::move(variables));
  }

  // What a good configuration becomes; a bad one fails the test and is the default.
  Loaded loaded(std::string_view yaml) {
    request_.file = write("pannier.yaml", yaml);
    return loaded();
  }
  Loaded loaded() {
    auto result = load(request_);
    if (auto* good = std::get_if<Loaded>(&result)) return std::move(*good);
    for (const Mistake& mistake : std::get<Mistakes>(result)) ADD_FAILURE() << mistake.text();
    return {};
  }

  // What is said of a bad one, without the folder's name; empty where it is good.
  std::vector<std::string> mistakes(std::string_view yaml) {
    request_.file = write("pannier.yaml", yaml);
    return mistakes();
  }
  std::vector<std::string> mistakes() {
    const auto result = load(request_);
    std::vector<std::string> lines;
    if (const auto* bad = std::get_if<Mistakes>(&result))
      for (const Mistake& mistake : *bad) lines.push_back(without_folder(mistake.text()));
    return lines;
  }
  [[nodiscard]] std::string without_folder(std::string text) const {
    for (std::size_t at = text.find(folder_ + "/"); at != std::string::npos; at = text.find(folder_ + "/"))
      text.erase(at, folder_.size() + 1);
    return text;
  }
  static const Origin* origin(const Loaded& loaded, std::string_view path) {
    for (const Origin& origin : loaded.origins)
      if (origin.path == path) return &origin;
    return nullptr;
  }

  Request request_;

 private:
  std::string folder_;
};

}  // namespace pannier::config
