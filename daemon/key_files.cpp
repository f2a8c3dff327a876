#include "daemon/key_files.h"

#include "config/keys_directory.h"
#include "daemon/lane_names.h"

namespace pannier::daemon {
namespace {

using observe::DestinationId;

std::string key_file(const config::Settings& settings, const LaneName& lane) {
  if (lane.destination == DestinationId::multiplayer) return settings.multiplayer.key.file;
  if (lane.destination != DestinationId::malti || lane.is_guest()) return {};
  const auto given = settings.malti.keys.find(lane.service);
  if (given != settings.malti.keys.end()) return given->second.file;
  const std::string& folder = settings.malti.keys_directory;
  return folder.empty() || !config::is_key_file_name(lane.service) ? std::string()
                                                                   : folder + "/" + lane.service;
}

}  // namespace

std::map<std::string, std::string, std::less<>> key_files(const config::Settings& settings,
                                                          const observe::Books& books) {
  std::map<std::string, std::string, std::less<>> files;
  for (const observe::LaneBooks& lane : books.lanes)
    if (std::string file = key_file(settings, parse_lane_name(lane.name)); !file.empty())
      files.emplace(lane.name, std::move(file));
  return files;
}

}  // namespace pannier::daemon
