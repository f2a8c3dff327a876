#include "daemon/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <array>

#include "base/text.h"
#include "daemon/commands/commands.h"

namespace pannier::daemon::commands {
namespace {

constexpr std::array<std::string_view, 11> names{"run",     "validate",     "config", "test",
                                                 "explain", "status",       "health", "reload",
                                                 "send",    "dead-letters", "version"};

constexpr const char* footer =
    "\nExit codes: 0 done, 1 failed or not healthy, 2 wrong usage or configuration.\n"
    "Without a command it runs the daemon.";

// Holds the options of all subcommands while CLI11 fills them in.
class CommandLine {
 public:
  explicit CommandLine(Invocation& invocation) : invocation_(invocation) {
    app_.set_version_flag("--version", "pannier " PANNIER_VERSION);
    app_.require_subcommand(0, 1);
    add_places(app_);
    add_daemon_commands();
    add_trying_commands();
    add_looking_commands();
    add_send();
    add_dead_letters();
    app_.footer(footer);  // here, so that the subcommands do not inherit it
  }

  int run(int count, const char* const* arguments) {
    command_ = [this] { return run_daemon(invocation_); };
    try {
      app_.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
      return refuse(error);
    }
    const int code = command_();
    invocation_.out.flush();
    if (invocation_.out) return code;
    invocation_.error << "pannier: cannot write the output; is the disk full, or the pipe closed?\n";
    return ExitCode::failed;
  }

 private:
  // Understood before and after the subcommand.
  void add_places(CLI::App& app) {
    app.add_option("--config", invocation_.config, "the configuration's file")->type_name("FILE");
    app.add_option("--control", invocation_.control, "the daemon's control socket")->type_name("PATH");
  }

  template <typename Run>
  CLI::App& add(const char* name, const char* help, Run command) {
    CLI::App& added = *app_.add_subcommand(name, help);
    add_places(added);
    added.callback([this, command] { command_ = command; });
    return added;
  }

  void add_daemon_commands() {
    add("run", "the daemon (the default command)", [this] { return run_daemon(invocation_); });
    add("validate", "all mistakes of a configuration at once, and what to write instead",
        [this] { return validate(invocation_, validate_); })
        .add_option("file", validate_.file, "the file; without it what run would take")
        ->type_name("FILE");
    add("config", "what is in force and where it came from; secrets hidden", [this] {
      return show_config(invocation_, config_);
    }).add_flag("--json", config_.json, "for programs");
    add("reload", "reads the configuration again; waits, and says what came of it",
        [this] { return reload(invocation_); });
  }

  void add_trying_commands() {
    CLI::App& test =
        add("test", "sample records and what is expected of them, without a daemon; exit 1 if one differs",
            [this] { return commands::test(invocation_, test_); });
    test.add_option("file", test_.file, "the samples (YAML); - is standard input")
        ->type_name("FILE")
        ->required();
    test.add_flag("--json", test_.json, "for programs");
    CLI::App& explain =
        add("explain", "what the configuration does to records, step by step, without a daemon",
            [this] { return commands::explain(invocation_, explain_); });
    explain.add_option("file", explain_.file, "lines of records; without it, or as -, standard input")
        ->type_name("FILE");
    explain
        .add_option("--from", explain_.from,
                    "the listener that they come to: unix_stream, unix_datagram, udp or http_malti")
        ->type_name("LISTENER");
    explain.add_flag("--json", explain_.json, "for programs: one object a line");
  }

  void add_looking_commands() {
    CLI::App& status = add("status", "where every record is: ledger, lanes, queues, senders",
                           [this] { return show_status(invocation_, status_); });
    status.add_flag("--check", status_.check, "exit 1 if a sum of the ledger does not balance");
    status.add_flag("--json", status_.json, "for programs; the names are a contract");
    add("health", "exit 0 exactly when the daemon is ready", [this] { return show_health(invocation_); });
    add("version", "this program's version", [this] { return show_version(invocation_); });
  }

  void add_send() {
    CLI::App& command = add(
        "send", "records from NDJSON into the running daemon; exit 1 if one was rejected or not confirmed",
        [this] { return send(invocation_, send_); });
    command.add_option("file", send_.file, "lines of records; without it, or as -, standard input")
        ->type_name("FILE");
    command.add_option("--socket", send_.socket, "the daemon's unix_stream socket")->type_name("PATH");
    command.add_option("--service", send_.service, "for records that name none")->type_name("NAME");
  }

  void add_dead_letters() {
    CLI::App& letters = *app_.add_subcommand(
        "dead-letters", "records that no backend takes: list, show, replay or purge them");
    add_places(letters);
    letters.require_subcommand(1);
    add_letter_command(letters, "list", "which there are, and why", list_dead_letters)
        .add_option("--limit", letters_.limit, "so many at most (100)");
    add_letter_command(letters, "show", "what they hold; bodies are never shown", show_dead_letters);
    for (CLI::App* changing :
         {&add_letter_command(letters, "replay",
                              "send them again, to the same lane with today's address and key",
                              replay_dead_letters),
          &add_letter_command(letters, "purge", "remove them for good", purge_dead_letters)})
      changing->add_flag("--all", letters_.all, "whatever there is");
  }

  CLI::App& add_letter_command(CLI::App& letters, const char* name, const char* help,
                               int (*command)(const Invocation&, const DeadLettersOptions&)) {
    CLI::App& added = *letters.add_subcommand(name, help);
    add_places(added);
    added.add_option("ids", letters_.ids, "their numbers in the list")->type_name("ID");
    added.add_option("--lane", letters_.lane, "of this lane only: malti/orders")->type_name("LANE");
    added.add_option("--reason", letters_.reason, "for this reason only: refused")->type_name("REASON");
    added.add_option("--older-than", letters_.older_than, "that died longer ago: 3d")->type_name("TIME");
    added.add_flag("--json", letters_.json, "for programs");
    added.callback(
        [this, command] { command_ = [this, command] { return command(invocation_, letters_); }; });
    return added;
  }

  int refuse(const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app_.exit(error, invocation_.out, invocation_.error);
      return ExitCode::done;
    }
    const auto chosen = app_.get_subcommands();
    const std::string command = chosen.empty() ? "pannier" : "pannier " + chosen.front()->get_name();
    invocation_.error << command << ": " << mistake(error) << "; try: " << command << " --help\n";
    return ExitCode::wrong_usage;
  }

  std::string mistake(const CLI::ParseError& error) const {
    const std::vector<std::string> rest = app_.remaining();
    if (!app_.get_subcommands().empty() || rest.empty() || rest.front().starts_with('-'))
      return text::shown(error.what());
    const std::string_view near = text::nearest(rest.front(), names);
    return "there is no command \"" + text::shown(rest.front(), 80) + "\"" +
           (near.empty() ? "" : "; did you mean " + std::string(near));
  }

  Invocation& invocation_;
  CLI::App app_{"pannier: takes request records from applications and delivers them", "pannier"};
  ValidateOptions validate_;
  ConfigOptions config_;
  TestOptions test_;
  ExplainOptions explain_;
  StatusOptions status_;
  SendOptions send_;
  DeadLettersOptions letters_;
  std::function<int()> command_;
};

}  // namespace

int run_command_line(int count, const char* const* arguments, Invocation& invocation) {
  return CommandLine(invocation).run(count, arguments);
}

}  // namespace pannier::daemon::commands
