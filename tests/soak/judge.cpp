#include "tests/soak/judge.h"

#include <algorithm>
#include <cstdio>

#include "tests/soak/lines.h"

namespace pannier::soak {

using doubles::JsonDocument;

namespace {

std::string escaped(const std::string& name) {  // as JSON pointer asks
  std::string result;
  for (const char letter : name) result += letter == '/' ? std::string("~1") : std::string(1, letter);
  return result;
}

class Judge {
 public:
  explicit Judge(const Evidence& evidence) : evidence_(evidence), status_(evidence.status) {}

  void run() {
    judge_state();
    judge_listeners();
    for (const Destination destination : destinations) judge_destination(destination);
  }

 private:
  struct Missing {
    std::uint64_t poison = 0, left_out = 0, acked_left_out = 0, not_taken = 0, refused = 0, acked = 0,
                  other = 0;
    std::uint64_t first_acked = 0;
  };
  struct Found {
    std::uint64_t records = 0, distinct = 0;
    Missing missing;
  };

  void expect(bool holds, const std::string& what) {
    std::printf("  %-6s %s\n", holds ? "ok" : "BROKEN", what.c_str());
    if (!holds) evidence_.complaints.add(what);
  }
  void expect_at_most(std::uint64_t value, std::uint64_t limit, const std::string& what) {
    expect(value <= limit, what + ": " + std::to_string(value) + ", at most " + std::to_string(limit));
  }
  void expect_equal(std::uint64_t value, std::uint64_t wanted, const std::string& what) {
    expect(value == wanted, what + ": " + std::to_string(value) + ", expected " + std::to_string(wanted));
  }
  [[nodiscard]] std::uint64_t total(Destination destination, const std::string& member) const {
    return over_lanes(status_, "/totals/lanes", destination == Destination::malti ? "malti/" : "multiplayer/",
                      member);
  }
  [[nodiscard]] std::uint64_t listener(const std::string& name, const std::string& member) const {
    const std::string pointer = "/totals/listeners/" + name + "/" + member;
    return status_.number(pointer) + status_.sum(pointer);
  }

  void judge_state() {
    expect(status_.boolean("/balanced").value_or(false), "the books balance");
    expect(!status_.is_null("/lost_in_crash"), "what the last crash lost is known");
    expect_equal(status_.number("/spool/unknown_ends"), 0, "ends of which nothing is known");
    expect_equal(status_.number("/undurable"), 0, "undurable records");
    for (const Destination destination : destinations) {
      const std::string name = destination == Destination::malti ? "malti" : "multiplayer";
      const std::uint64_t dropped = total(destination, "dropped");
      expect_equal(dropped - total(destination, "dropped/partial_success"), 0,
                   name + ": dropped by ourselves");
      if (!evidence_.kills)
        expect_equal(total(destination, "lost_in_crash"), 0, name + ": lost without a crash");
    }
  }

  // Lines that the sockets' owners handed over, and those that the daemon counted.
  void judge_listener(const std::string& name, std::initializer_list<Socket> sockets) {
    std::uint64_t sent = 0, faulty = 0, no_response = 0;
    for (const auto& source : evidence_.sources) {
      if (std::ranges::find(sockets, source->options().socket) == sockets.end()) continue;
      again_ += source->again();
      sent += source->made() + source->again() - source->refused();
      count_kinds(*source, faulty, no_response);
    }
    const std::uint64_t lines = listener(name, "lines");
    const std::uint64_t kernel = status_.number("/listeners/" + name + "/kernel_dropped");
    in_transit_ += sent - std::min(sent, lines);
    if (evidence_.kills) {
      expect_at_most(lines, sent, name + ": lines (the others were with nobody when the daemon died)");
      return;
    }
    expect_equal(lines + kernel, sent, name + ": lines, with those that the kernel dropped");
    if (kernel != 0) return;
    expect_equal(listener(name, "rejected"), faulty, name + ": rejected");
    expect_equal(listener(name, "filtered"), no_response, name + ": filtered");
  }
  static void count_kinds(const Source& source, std::uint64_t& faulty, std::uint64_t& no_response) {
    const std::uint64_t first = source.options().number * numbers_a_source;
    for (std::uint64_t number = first; number != first + source.made(); ++number) {
      if (kind_of(number) == Kind::faulty) ++faulty;
      if (kind_of(number) == Kind::no_response) ++no_response;
    }
  }
  void judge_listeners() {
    judge_listener("unix_stream", {Socket::acked_stream, Socket::stream});
    judge_listener("unix_datagram", {Socket::unix_datagram});
    judge_listener("udp", {Socket::udp});
  }

  void note_missing(Destination destination, std::uint64_t number, bool is_acknowledged, Missing& missing) {
    const Kind kind = kind_of(number),
               poison = destination == Destination::malti ? Kind::poison_malti : Kind::poison_otlp;
    if (kind == poison)
      ++missing.poison;
    else if (evidence_.tally.has(destination, number, Tally::not_taken))
      ++missing.not_taken;
    else if (evidence_.tally.has(destination, number, Tally::refused))
      ++missing.refused;  // before what clean mode leaves out: it is not on at all times
    else if (kind == Kind::not_found && destination == Destination::malti)
      ++(is_acknowledged ? missing.acked_left_out : missing.left_out);
    else if (!is_acknowledged)
      ++missing.other;
    else if (missing.acked++ == 0)
      missing.first_acked = number;
  }
  Found look(Destination destination) {
    Found found;
    for (const auto& source : evidence_.sources) {
      const std::uint64_t first = source->options().number * numbers_a_source;
      const std::uint64_t acknowledged = first + source->acknowledged();
      for (std::uint64_t number = first; number != first + source->made(); ++number) {
        const Kind kind = kind_of(number);
        if (kind == Kind::faulty || kind == Kind::no_response) continue;
        ++found.records;
        if (evidence_.tally.stored(destination, number) != 0)
          ++found.distinct;
        else
          note_missing(destination, number, number < acknowledged, found.missing);
      }
    }
    return found;
  }

  void judge_destination(Destination destination) {
    const Backend& backend = destination == Destination::malti ? evidence_.malti : evidence_.otlp;
    const std::string name = destination == Destination::malti ? "malti" : "multiplayer";
    const Found found = look(destination);
    const Missing& missing = found.missing;
    const std::uint64_t lost = total(destination, "lost_in_crash"), twice = total(destination, "maybe_twice");
    const std::uint64_t delivered = total(destination, "delivered");
    std::uint64_t refused_at_source = 0;
    for (const auto& source : evidence_.sources) refused_at_source += source->refused();
    std::printf("  %s: %llu records sent, %llu held by the backend, %llu stored, delivered %llu\n",
                name.c_str(), number(found.records), number(found.distinct), number(backend.stored()),
                number(delivered));
    expect_equal(
        missing.acked, 0,
        name + ": acknowledged and missing (the first is " + std::to_string(missing.first_acked) + ")");
    const std::string left_out_of = "/totals/destinations/" + name + "/left_out";
    const std::uint64_t left_out = status_.number(left_out_of + "/clean_mode");
    expect_equal(status_.number(left_out_of + "/not_session"), 0, name + ": left out, for none is recorded");
    expect_at_most(missing.acked_left_out, left_out, name + ": acknowledged and left out");
    expect_at_most(missing.other + missing.left_out,
                   lost + in_transit_ + refused_at_source + left_out - missing.acked_left_out,
                   name + ": missing, sent without acknowledgement; lost in crashes " + std::to_string(lost) +
                       ", with nobody " + std::to_string(in_transit_) + ", the sender was told " +
                       std::to_string(refused_at_source) + ", left out " +
                       std::to_string(left_out - missing.acked_left_out));
    expect_at_most(missing.refused, status_.sum("/totals/dead_letters/purged"),
                   name + ": missing, refused once; purged");
    expect_at_most(missing.not_taken, total(destination, "dropped/partial_success"),
                   name + ": missing, not taken by a partial success");
    expect_at_most(found.distinct,
                   delivered + lost + total(destination, "dropped") +
                       status_.sum("/totals/dead_letters/purged") +
                       status_.number("/totals/dead_letters/stored"),
                   name + ": held by the backend; delivered, lost, dropped, purged or a dead letter");
    expect_at_most(delivered, found.distinct + again_,
                   name + ": delivered; held by the backend, or sent again");
    expect_at_most(backend.stored() - found.distinct, twice, name + ": duplicates; maybe twice");
    expect(delivered <= backend.confirmed() && backend.confirmed() <= delivered + twice,
           name + ": confirmed by the backend " + std::to_string(backend.confirmed()) + ", delivered " +
               std::to_string(delivered) + ", maybe twice " + std::to_string(twice));
  }
  static unsigned long long number(std::uint64_t value) { return value; }

  const Evidence& evidence_;
  const JsonDocument& status_;
  std::uint64_t in_transit_ = 0, again_ = 0;
};

}  // namespace

std::uint64_t over_lanes(const JsonDocument& status, const std::string& group, std::string_view destination,
                         const std::string& member) {
  std::uint64_t total = 0;
  for (const std::string& name : status.names(group)) {
    if (!name.starts_with(destination)) continue;
    const std::string pointer = group + "/" + escaped(name) + "/" + member;
    total += status.number(pointer) + status.sum(pointer);
  }
  return total;
}

void judge(const Evidence& evidence) {
  Judge(evidence).run();
}

}  // namespace pannier::soak
