#include <CLI/CLI.hpp>
#include <iostream>

#include "daemon/daemon.h"

using namespace pannier;

int main(int argc, char** argv) {
  CLI::App app{"pannier"};
  std::string file;
  auto* run = app.add_subcommand("run");
  run->add_option("--config", file);
  CLI11_PARSE(app, argc, argv);
  config::Request request;
  if (!file.empty()) request.file = file;
  request.environment = config::Environment::capture();
  request.uid = geteuid();
  return daemon::run(request);
}
