#include "crypten_core/config.h"
#include "mpc/connect.h"
#include "mpc/party.h"
#include "mpc/plan.h"
#include "mpc/simulate.h"
#include "python/bindings/bindings.h"
#include "python/bindings/casters.h"
#include "python/bindings/interruption.h"

#if CRYPTEN_WITH_GRPC
#include "comm/grpc/ask.h"
#include "comm/grpc/version.h"
#endif

namespace crypten::python {
namespace {

py::dict traffic(Party& party) {
  const auto& traffic = party.communicator().traffic();
  py::dict counters;
  counters["rounds"] = traffic.rounds;
  counters["bytes_sent"] = traffic.bytes_sent;
  counters["bytes_received"] = traffic.bytes_received;
  counters["dealer_bytes"] = party.cost().dealer_bytes;
  counters["dealer_bytes_received"] = party.provider().bytes_received();
  counters["wire_bytes_sent"] = traffic.wire_bytes_sent;
  counters["wire_bytes_received"] = traffic.wire_bytes_received;
  counters["messages_sent"] = traffic.messages_sent;
  counters["wait_seconds"] = traffic.wait_seconds;
  counters["dealer_wait_seconds"] = party.provider().wait_seconds();
  return counters;
}

auto reveals(Party& party) {
  std::vector<std::tuple<std::string, std::vector<int64_t>, std::optional<int>, bool>> list;
  for (const auto& reveal : party.ledger().reveals()) list.emplace_back(reveal.scope, reveal.sizes, reveal.to, reveal.dithered);
  return list;
}

auto openings(Party& party) {
  std::map<std::string, std::tuple<int64_t, int64_t, int64_t>> table;
  for (const auto& [verb, opening] : party.ledger().openings()) table[verb] = {opening.times, opening.elements, opening.bits};
  return table;
}

}  // namespace

void bind_mpc(py::module_& module) {
  py::class_<Party, std::shared_ptr<Party>>(module, "Party", "One participant in a session. Used by one thread at a time.")
      .def_property_readonly("rank", &Party::rank)
      .def_property_readonly("world_size", &Party::world_size)
      .def_property_readonly("config", [](const Party& party) { return Config(party.config()); })
      .def("traffic", &traffic, "All counters since the start, by name.")
      .def("reveals", &reveals, "Plaintexts made known on purpose: scope, shape, rank (None: all), dithered.")
      .def("openings", &openings, "Masked values: verb to (times, elements, bits).")
      .def("ledger_text", [](Party& party) { return party.ledger().text(); }, "A line for each reveal.")
      .def("push_scope", [](Party& party, const std::string& name) { party.scopes().push(name); }, py::arg("name"))
      .def("pop_scope", [](Party& party) { party.scopes().pop(); })
      .def("hand_over", &Party::hand_over, "The next thread that computes with this party owns it.")
      .def("close", &Party::close, ReleaseGil(), "Last words: finished in good order.")
      .def("abort", &Party::abort, py::arg("error_class"), ReleaseGil(), "Last words: failed, with the class of the error.");
  py::class_<Plan>(module, "Plan", "Asks the dealer ahead of time for what the next call will need.")
      .def(py::init<Party&>(), py::arg("party"), py::keep_alive<1, 2>())
      .def("call", [](Plan& plan, const py::function& function) { return plan.call([&]() -> py::object { return function(); }); }, py::arg("function"),
           "Runs the function as the party's next call.");
  module.def("connect", [](const Config& config) { return connect(config); }, py::arg("config"), ReleaseGil(), "This process as a party of the run that the environment names.");
  module.def(
      "local_parties",
      [](int n, const Config& config, double one_way_seconds, double bytes_per_second) {
        return local_parties(n, config, {.line = {std::chrono::duration<double>(one_way_seconds), bytes_per_second}});
      },
      py::arg("n"), py::arg("config"), py::arg("one_way_seconds"), py::arg("bytes_per_second"), ReleaseGil(),
      "Parties of one process after their handshake, by rank, with such a network between each two. Each is to be used by a thread of its own.");
#if CRYPTEN_WITH_GRPC
  module.def(
      "version_at",
      [](const std::string& address, const std::string& run_folder, std::optional<int> rank, double seconds) -> std::optional<std::pair<std::string, int>> {
        const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
        const auto version = version_at(member_at(address, run_folder, rank), deadline);
        return version ? std::optional(std::pair(version->library, version->revision)) : std::nullopt;
      },
      py::arg("address"), py::arg("run_folder"), py::arg("rank"), py::arg("seconds"), ReleaseGil(),
      "The library's version and the protocol's revision of the rank, or (None) the dealer, that listens at host:port; None: it does not say.");
  module.attr("protocol_revision") = kProtocolRevision;
#endif
  py::class_<Interruption>(module, "Interruption", "Ends the waits of the threads that are bound to it.")
      .def(py::init<>())
      .def("bind", &Interruption::bind, "Binds the calling thread.")
      .def("interrupt", &Interruption::interrupt, "From any thread: bound threads that wait for a peer raise SessionClosed within about 100 ms.");
}

}  // namespace crypten::python
