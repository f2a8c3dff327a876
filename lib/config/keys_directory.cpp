#include "config/keys_directory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "config/mistake.h"
#include "config/value.h"

namespace pannier::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_names = 4096;

// "orders, users and 3 more"
std::string listed_names(const std::vector<std::string>& names) {
  constexpr std::size_t most_shown = 5;
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < most_shown; ++i)
    list.append(i == 0 ? "" : ", ").append(text::shown(names[i]));
  if (names.size() > most_shown) list += " and " + std::to_string(names.size() - most_shown) + " more";
  return list;
}

class Reading {
 public:
  Reading(const KeysDirectory& directory, const std::map<std::string, SecretSource, std::less<>>& but)
      : directory_(directory), but_(but) {}

  KeyFiles run() {
    if (!list()) return std::move(found_);
    for (const std::string& name : names_) sort_out(name);
    if (files_.size() > directory_.most) {
      refuse("holds " + std::to_string(files_.size()) + " key files, and limits.lanes has room for " +
                 std::to_string(directory_.most) + " of them; raise it, or take some out",
             ErrorCode::limit);
      return std::move(found_);
    }
    for (const std::string& name : files_) read(name);
    warn();
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::string shown() const { return text::shown(directory_.path); }
  [[nodiscard]] std::string path_of(const std::string& name) const { return directory_.path + "/" + name; }

  void refuse(std::string what, ErrorCode code = ErrorCode::invalid) {
    found_.mistakes.push_back({code, shown() + " " + std::move(what)});
  }

  void refuse_folder(const std::error_code& fault) {
    std::string why = text::lower(fault.message().substr(0, 1)) + fault.message().substr(1);
    std::string message =
        "cannot read " + shown() + " as uid " + std::to_string(directory_.uid) + " (" + why + "); ";
    message += fault == std::errc::permission_denied && !directory_.cure.empty()
                   ? directory_.cure
                   : "write a folder of key files, or none";
    found_.mistakes.push_back({ErrorCode::io, std::move(message)});
  }

  bool list() {
    std::error_code fault;
    fs::directory_iterator at(directory_.path, fault);
    for (std::size_t seen = 0; !fault && at != fs::directory_iterator(); at.increment(fault)) {
      if (++seen > most_names) {
        refuse("holds more than " + std::to_string(most_names) + " names; write a folder of key files only",
               ErrorCode::limit);
        return false;
      }
      std::string name = at->path().filename().string();
      if (!name.starts_with('.') && !but_.contains(name)) names_.push_back(std::move(name));
    }
    if (fault) refuse_folder(fault);
    std::ranges::sort(names_);
    return !fault;
  }

  void sort_out(const std::string& name) {
    std::error_code gone;
    const fs::file_status status = fs::symlink_status(path_of(name), gone);
    if (status.type() == fs::file_type::not_found) return;
    if (fs::is_symlink(status)) return links_.push_back(name);
    if (!fs::is_regular_file(status)) return others_.push_back(name);
    if (!is_key_file_name(name))
      return refuse("holds " + config::quoted(name) +
                    ", which is no service's name; call it by 1 to 100 characters, none of them a control");
    if ((status.permissions() & fs::perms::others_read) != fs::perms::none) open_to_all_.push_back(name);
    files_.push_back(name);
  }

  void read(const std::string& name) {
    SecretSource source{.file = path_of(name), .links = Links::refused};
    auto secret = read_secret_file(source.file, directory_.uid, directory_.cure, source.links);
    if (!secret) return found_.mistakes.push_back(secret.error());
    source.secret = std::move(*secret);
    found_.keys.emplace(name, std::move(source));
  }

  void warn() {
    const auto say = [&](const std::vector<std::string>& names, const std::string& what) {
      if (!names.empty()) found_.warnings.push_back(listed_names(names) + " in " + shown() + " " + what);
    };
    const bool is_one = open_to_all_.size() == 1;
    say(open_to_all_, std::string("can be read by everybody; chmod o-r ") + (is_one ? "it" : "them"));
    if (!links_.empty())
      say(links_, std::string(links_.size() == 1 ? "is a link" : "are links") +
                      " (as in a Kubernetes secret's volume), and links are not followed here; write "
                      "deliver.malti.keys: { " +
                      text::shown(links_.front()) + ": { file: " + text::shown(path_of(links_.front())) +
                      " } }, or use credentials");
    say(others_,
        std::string(others_.size() == 1 ? "is no regular file and is" : "are no regular files and are") +
            " left out; keep key files only there");
  }

  const KeysDirectory& directory_;
  const std::map<std::string, SecretSource, std::less<>>& but_;
  std::vector<std::string> names_, files_, links_, others_, open_to_all_;
  KeyFiles found_;
};

}  // namespace

bool is_key_file_name(std::string_view name) {
  return reading::is_name(name) && !name.starts_with('.');
}

KeyFiles read_keys_directory(const KeysDirectory& directory,
                             const std::map<std::string, SecretSource, std::less<>>& but) {
  return Reading(directory, but).run();
}

}  // namespace pannier::config
